"""Checks that the latest scan is completed with errors that name just the hosts given.

usage: calipso scans --env NAME --json | python named.py HOST...
"""

import json
import sys

latest = json.load(sys.stdin)[0]
errors = latest["errors"]
named = sorted(host for host in sys.argv[1:] if any(f"host {host} " in error for error in errors))
if latest["status"] != "completed_with_errors" or named != sorted(sys.argv[1:]) or len(errors) != len(named):
    sys.exit(f"the scan is {latest['status']}, with the errors {errors}")
