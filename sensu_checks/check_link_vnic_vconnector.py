"""Sensu's check of `link_vnic_vconnector`: see --help."""

from calipso_checks.script import run

if __name__ == "__main__":
    run("link_vnic_vconnector")
