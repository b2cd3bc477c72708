# shellcheck shell=bash
# What the tests on the lab have in common; sourced, in the checkout.
bin=${BIN:-$PWD/.venv/bin}
lab=$PWD/tests/lab
: "${STATE:=/var/lib/oslab}"
scratch=$(mktemp -d)
export STATE CALIPSO_HOME=$scratch/calipso

playbook() { # PLAYBOOK [OPTION...]: from the management station, whose clean environment must be filled
    "$lab/exec" adm env "PATH=$bin:/usr/sbin:/usr/bin:/sbin:/bin" "ANSIBLE_CONFIG=$PWD/ansible.cfg" \
        "CALIPSO_HOME=$CALIPSO_HOME" "OS_CLIENT_CONFIG_FILE=$STATE/clouds.yaml" OS_CLOUD=lab \
        ansible-playbook "$@"
}
