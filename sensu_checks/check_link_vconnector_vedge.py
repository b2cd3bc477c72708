"""Sensu's check of `link_vconnector_vedge`: see --help."""

from calipso_checks.script import run

if __name__ == "__main__":
    run("link_vconnector_vedge")
