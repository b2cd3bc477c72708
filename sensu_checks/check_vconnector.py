"""Sensu's check of `vconnector`: see --help."""

from calipso_checks.script import run

if __name__ == "__main__":
    run("vconnector")
