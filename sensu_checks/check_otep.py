"""Sensu's check of `otep`: see --help."""

from calipso_checks.script import run

if __name__ == "__main__":
    run("otep")
