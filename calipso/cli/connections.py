"""`calipso environment test`: tries how an environment's parts are reached."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from ..caller import caller
from ..report.text import visible
from .options import ansible_options, complete_environments, json_option
from .output import emit, emit_json, table
from .session import Session

if TYPE_CHECKING:
    from ..model.environment import Environment
    from ..store import Store

_POLLED_S = 0.5
_PATIENCE_S = 15.0
_ENDED = ("completed", "failed")


def _targets() -> tuple[str, ...]:
    from ..model.targets import TARGETS

    return TARGETS


def _known(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    if given and (unknown := sorted(set(given) - set(_targets()))):
        raise click.BadParameter(f"there is no section {unknown[0]!r}; there are {', '.join(_targets())}")
    return given


@click.command()
@click.argument("name", shell_complete=complete_environments)
@click.option(
    "--target",
    "targets",
    metavar="TARGET",
    callback=_known,
    shell_complete=lambda *_: list(_targets()),
    multiple=True,
    help="A section, such as OpenStack or CLI; else all that are configured. May be repeated.",
)
@click.option("--wait", is_flag=True, help="Wait for the worker, and show what it found.")
@click.option("--here", is_flag=True, help="Try it here and now, without a worker.")
@ansible_options("With --here: ")
@json_option
@click.pass_obj
def test(
    session: Session,
    name: str,
    targets: tuple[str, ...],
    wait: bool,
    here: bool,
    inventories: tuple[str, ...],
    extra: tuple[str, ...],
    as_json: bool,
) -> None:
    """Try how an environment's parts are reached, and tell the likely cause where one is not.

    A worker tries it with what it has: its network, passwords and inventory. Status 1: something does not
    work.
    """
    from ..work.connections import Means
    from ..work.connections.try_target import configured

    with session.environment(name) as (store, known):
        environment = store.environment(known)
        if environment is None:
            raise click.ClickException(f"environment {name!r} has an inventory, and no configuration")
        chosen = list(dict.fromkeys(targets)) or configured(environment)
        if not chosen:
            raise click.ClickException(
                f"environment {name!r} has no section of a configuration: `calipso environment change` adds "
                "them"
            )
        if here:
            results = _tried(environment, chosen, Means(inventories, extra))
        else:
            store.prepare()
            asked = store.request_connection_test(known, targets=chosen, by=caller(), at=datetime.now(UTC))
            store.record_change(
                f"A connection test was asked for: {asked['id']}.",
                by=caller(),
                environment=known,
                at=datetime.now(UTC),
            )
            click.echo(f"Connection test {asked['id']} is asked for.", err=wait or as_json)
            if not wait:
                if as_json:
                    emit_json(asked)
                return
            results = _awaited(store, asked["id"])
    if as_json:
        emit_json(results)
    else:
        _show(results)
    if not all(result["works"] for result in results.values()):
        click.get_current_context().exit(1)


def _tried(environment: Environment, targets: list[str], means: Any) -> dict[str, Any]:
    from ..work.connections import test_connection

    results = {}
    for target in targets:
        click.echo(f"trying {target}", err=True)
        results[target] = test_connection(environment, target, means).document()
    return results


def _awaited(store: Store, test_id: str) -> dict[str, Any]:
    """Return the results of a test, as soon as its worker has made it."""
    begun = time.monotonic()
    is_warned = False
    try:
        while True:
            found = next(iter(store.connection_tests(None, {"id": test_id})), None)
            if found is None:
                raise click.ClickException(f"connection test {test_id} was deleted, with its environment")
            if found["status"] in _ENDED:
                return {target: found["results"][target] for target in found["targets"]}
            if found["status"] == "pending" and not is_warned and time.monotonic() - begun > _PATIENCE_S:
                is_warned = True
                click.echo("no worker has taken it up yet: `calipso work` starts one", err=True)
            time.sleep(_POLLED_S)
    except KeyboardInterrupt:
        raise click.ClickException("the test goes on, where a worker makes it") from None


def _show(results: Mapping[str, Any]) -> None:
    rows = table("Target", "Step", "Result", "What came of it")
    for target, result in results.items():
        for place, step in _steps(target, result):
            rows.add_row(
                visible(place), visible(step["step"]), _word(step["works"]), visible(step["text"]) or "-"
            )
    emit(rows)
    for target, result in results.items():
        cause = f": {result['cause']}" if result["cause"] else ""
        click.echo(visible(f"{target} {_word(result['works'])}{cause}"))


def _steps(target: str, result: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield a target's steps, and for each host how far it came."""
    for step in result["steps"]:
        yield target, step
    for host in result.get("hosts", ()):
        yield f"{target} {host['host']}", host["steps"][-1]


def _word(works: bool) -> str:
    return "works" if works else "fails"
