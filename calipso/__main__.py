"""`python -m calipso` is the command line."""

from .cli import main

main(prog_name="calipso")
