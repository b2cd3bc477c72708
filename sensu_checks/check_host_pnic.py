"""Sensu's check of `host_pnic`: see --help."""

from calipso_checks.script import run

if __name__ == "__main__":
    run("host_pnic")
