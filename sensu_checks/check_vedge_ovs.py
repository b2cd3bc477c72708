"""Sensu's check of `vedge_ovs`: see --help."""

from calipso_checks.script import run

if __name__ == "__main__":
    run("vedge_ovs")
