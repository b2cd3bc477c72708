"""`calipso snapshot`, `calipso snapshots`: states that have a name, and are kept."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click

from ..caller import caller
from ..report.text import visible
from .options import complete_snapshots, environment_option, generation_option, json_option
from .output import emit, emit_json, moment, table
from .session import Session


@click.command()
@click.argument("name", shell_complete=complete_snapshots)
@environment_option
@generation_option
@click.option(
    "--remove", is_flag=True, help="Take the name away; the state is then kept no longer than others."
)
@click.pass_obj
def snapshot(
    session: Session, name: str, environment: str | None, generation: str | None, remove: bool
) -> None:
    """Keep the newest state, or an older one, under a name.

    The name serves wherever a state is asked for: `calipso compare "before change 4711"`.
    """
    if remove and generation is not None:
        raise click.UsageError("--remove needs no state but the name", click.get_current_context())
    from ..scan.snapshots import forget, keep

    now = datetime.now(UTC)
    with session.environment(environment) as (store, known):
        if remove:
            if not forget(store, known, name, by=caller(), at=now):
                raise click.ClickException(f"environment {known!r} has no snapshot {name!r}")
            click.echo(f"No state is called {visible(name)!r} any more.")
            return
        state = store.find_state(known, generation or "latest")
        try:
            keep(store, known, name, state, by=caller(), at=now)
        except ValueError as error:
            raise click.UsageError(str(error), click.get_current_context()) from None
    click.echo(
        f"Generation {state.number}, of {moment(state.published_at)}, is kept as snapshot {visible(name)!r}."
    )


@click.command()
@environment_option
@json_option
@click.pass_obj
def snapshots(session: Session, environment: str | None, as_json: bool) -> None:
    """List the states that have a name, and are kept."""
    with session.environment(environment) as (store, name):
        found = [generation for generation in store.generations(name) if generation.names]
    if as_json:
        emit_json([asdict(generation) for generation in found])
        return
    rows = table("Snapshot", "Generation", "Published")
    for generation in found:
        for name in generation.names:
            rows.add_row(visible(name), str(generation.number), moment(generation.published_at))
    emit(rows if found else "There is no snapshot yet: `calipso snapshot NAME` makes one.")
