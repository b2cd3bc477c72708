"""Sensu's check of `vservice`: see --help."""

from calipso_checks.script import run

if __name__ == "__main__":
    run("vservice")
