"""Sensu's check of `vedge_vpp`: see --help."""

from calipso_checks.script import run

if __name__ == "__main__":
    run("vedge_vpp")
