"""Holds a cloud that is followed against scans of it: after each change of it, both must show the same.

usage: python -m tests.live.follow ENVIRONMENT CLOUD [--make NAME...] [--judge NAME...] -- SCAN...

SCAN is the command of a whole scan into the inventory set `check`. A change counts as right when the newest
generation was published; that one must equal what a scan then finds. Prints a line for each change, and how
long they took since the API had done its part.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

from calipso.store import Store
from tests.live.cloud_steps import Cloud, Step

SETTLED_S = 12.0
"""After so long a change must be right; then a scan is the judge."""

AGAIN_S = 10.0
WANTED_S = {True: 2.0, False: 10.0}
"""By whether the payload tells all."""


def documents(store: Store, environment: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the newest state: collection and id -> document, but for when its source was heard."""
    listed = store.view(environment).export()
    return {(each["collection"], each["id"]): {**each, "last_scanned": None} for each in listed}


def differences(followed: Store, scanned: Store, environment: str) -> list[str]:
    """Return what is different in what was followed, in words."""
    here, there = documents(followed, environment), documents(scanned, environment)
    found = [f"missing {key}" for key in there.keys() - here.keys()]
    found += [f"invented {key}" for key in here.keys() - there.keys()]
    for key in here.keys() & there.keys():
        names = {name for name in {*here[key], *there[key]} if here[key].get(name) != there[key].get(name)}
        found += [
            f"different {key} {name}: {here[key].get(name)!r:.200}, and not {there[key].get(name)!r:.200}"
            for name in sorted(names)
        ]
    return sorted(found)


def scan(command: list[str]) -> None:
    """Scan. Raises CalledProcessError, after what it printed."""
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        print(done.stdout)
        done.check_returncode()


def try_step(
    step: Step, followed: Store, scanned: Store, environment: str, command: list[str]
) -> float | None:
    """Make a change; return the seconds until it showed, or None where it did not, and say so."""
    step.make()
    done = datetime.now(UTC)
    time.sleep(SETTLED_S)
    scan(command)
    wrong = differences(followed, scanned, environment)
    if wrong:
        time.sleep(AGAIN_S)
        scan(command)
        late = differences(followed, scanned, environment)
        print(f"WRONG   {step.name} after {SETTLED_S:g} s{', and later' if late else ''}:")
        print("\n".join(f"        {text}" for text in wrong[:12]), flush=True)
        return None
    newest = followed.generations(environment)[-1]
    took = max(0.0, (newest.published_at - done).total_seconds())
    in_time = took <= WANTED_S[step.payload]
    print(
        f"{'ok' if in_time else 'LATE':7} {step.name:26} {took:5.1f} s, generation {newest.number}",
        flush=True,
    )
    return took


def distribution(what: str, seconds: list[float]) -> str:
    """Return a line about how long changes took."""
    if not seconds:
        return f"{what}: none"
    ordered = sorted(seconds)
    ninth = ordered[min(len(ordered) - 1, int(len(ordered) * 0.9))]
    middle, longest = statistics.median(ordered), ordered[-1]
    return (
        f"{what}: {len(ordered)} changes, median {middle:.1f} s, 90 % {ninth:.1f} s, longest {longest:.1f} s"
    )


def main() -> int:
    """Make all changes, and judge them, or those that are named; return how many were not as they should."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("environment")
    parser.add_argument("cloud")
    parser.add_argument("--make", nargs="*", metavar="NAME", help="make these changes alone")
    parser.add_argument("--judge", nargs="*", metavar="NAME", help="judge these alone, and make the others")
    mine, command = sys.argv[1 : sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1 :]
    options = parser.parse_args(mine)
    took: dict[bool, list[float]] = {True: [], False: []}
    failed = 0
    with Store.open() as followed, Store.open(inventory="check") as scanned:
        for step in Cloud(options.cloud).steps():
            if options.make and step.name not in options.make:
                continue
            if options.judge and step.name not in options.judge:
                step.make()
                time.sleep(1)
                continue
            seconds = try_step(step, followed, scanned, options.environment, command)
            failed += seconds is None or seconds > WANTED_S[step.payload]
            if seconds is not None:
                took[step.payload].append(seconds)
        time.sleep(SETTLED_S)
        scan(command)
        if wrong := differences(followed, scanned, options.environment):
            failed += 1
            print("WRONG   at the end:", *wrong[:12], sep="\n        ")
    print(distribution("where the payload suffices", took[True]))
    print(distribution("where hosts are asked", took[False]))
    print(f"{failed} changes were not as they should be")
    return failed


if __name__ == "__main__":
    sys.exit(bool(main()))
