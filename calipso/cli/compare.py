"""`calipso compare`: what is different between two states of a cloud."""

from __future__ import annotations

import click

from .commands import Comparing
from .options import complete_objects, complete_states, environment_option, json_option
from .output import emit, emit_json, speaks_unicode
from .session import Session, registry, styles


@click.command(cls=Comparing)
@click.argument("before", shell_complete=complete_states)
@click.argument("after", default="latest", shell_complete=complete_states)
@environment_option
@click.option("--project", metavar="ID", help="Only this project, by id or name, and what belongs to it.")
@click.option(
    "--object",
    "focal_point",
    metavar="ID",
    shell_complete=complete_objects,
    help="Only this object, by id or name, and its clique.",
)
@json_option
@click.pass_context
def compare(
    context: click.Context,
    before: str,
    after: str,
    environment: str | None,
    project: str | None,
    focal_point: str | None,
    as_json: bool,
) -> None:
    """Show what is different between two states: what moved, went, came and changed.

    A state is a generation's number, the name of a snapshot, a time such as 2026-11-01T10:00 (UTC), or
    `latest`, which is what AFTER is if it is left out.

    The exit status is 0 if nothing is different, 1 if something is, and 2 if they cannot be compared.
    """
    if project is not None and focal_point is not None:
        raise click.UsageError("--project and --object exclude each other", context)
    from ..report.comparing import ScopeError
    from ..report.comparing import compare as compared

    session: Session = context.obj
    with session.environment(environment) as (store, name):
        states = store.find_state(name, before), store.find_state(name, after)
        try:
            found = compared(store, name, *states, project=project, focal_point=focal_point)
        except ScopeError as error:
            raise click.ClickException(str(error)) from None
    if as_json:
        emit_json(found.document())
    else:
        from ..report.comparison import lines

        emit(*lines(found, styles(registry()), unicode=speaks_unicode()))
    if not found.equal:
        context.exit(1)
