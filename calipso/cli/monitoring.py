"""`calipso monitoring`: what Sensu is to watch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from ..model.monitoring import Provision
from ..report.text import visible
from .options import environment_option, json_option, limit_option
from .output import emit, emit_json, table
from .session import Session, registry

if TYPE_CHECKING:
    from ..store import Store


@click.group()
def monitoring() -> None:
    """Render what Sensu is to watch, and show it.

    To install it on hosts is what playbooks/monitoring.yml does.
    """


@monitoring.command()
@environment_option
@click.option(
    "--provision",
    type=click.Choice(get_args(Provision)),
    help="How far it is brought out; else as far as the environment says.",
)
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where Files and Deploy put the files: a directory that holds nothing else.",
)
@click.option("--url", help="Where users reach Calipso, for the addresses in alerts.")
@click.option("--check", is_flag=True, help="Only say what would change.")
@click.pass_obj
def render(
    session: Session,
    environment: str | None,
    provision: Provision | None,
    directory: Path | None,
    url: str | None,
    check: bool,
) -> None:
    """Render the checks of all objects and links, from the templates and the newest state."""
    from ..monitoring.setup import set_up

    with _told(session, environment) as (store, name):
        done = set_up(
            store,
            name,
            registry(),
            provision=provision,
            directory=directory,
            url=url,
            check=check,
            at=datetime.now(UTC),
        )
    changes = done.changes
    click.echo(
        f"{done.checks} objects and links are checked, provision {done.provision}: {changes.added} documents "
        f"{'would be ' if check else ''}added, {changes.changed} changed, {changes.removed} removed."
    )
    for path in done.files:
        click.echo(f"{'would change' if check else 'changed'}: {visible(path)}")


@monitoring.command()
@environment_option
@click.option("--host", metavar="ID", help="Only what is for the agent of this host.")
@click.option("--type", "type_", metavar="TYPE", help="Only this type: check, Handler, file...")
@limit_option(50)
@json_option
@click.pass_obj
def config(
    session: Session,
    environment: str | None,
    host: str | None,
    type_: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List what was rendered."""
    where = {name: value for name, value in {"host": host, "type": type_}.items() if value is not None}
    with session.environment(environment) as (store, name):
        found = store.monitoring_config(name, where, limit=limit)
    if as_json:
        emit_json(found)
        return
    rows = table("Id", "Type", "Host", "Says")
    for each in found:
        said = each["config"].get("summary") or each["config"].get("command") or ""
        rows.add_row(visible(each["id"]), each["type"], visible(each["host"] or "-"), visible(str(said)))
    emit(rows if found else "Nothing like that was rendered.")
    if len(found) == limit:
        click.echo(f"These are the first {limit}; --limit shows more.")


@monitoring.command()
@json_option
@click.pass_obj
def templates(session: Session, as_json: bool) -> None:
    """List the templates: those that ship, and those that were stored in their place."""
    from ..monitoring.templates import templates as load

    with session.store() as store:
        stored = store.monitoring_templates()
    try:
        found = [each.document() for each in load(registry(), stored)]
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        emit_json(found)
        return
    rows = table("Id", "For", "Side", "Type", "System", "Order")
    for each in found:
        place = each["environment"] or "all"
        words = (each["id"], place, each["side"], each["type"], each["monitoring_system"], str(each["order"]))
        rows.add_row(*(visible(word) for word in words))
    emit(rows)


@contextmanager
def _told(session: Session, environment: str | None) -> Iterator[tuple[Store, str]]:
    with session.environment(environment) as found:
        try:
            yield found
        except (ValueError, OSError) as error:
            raise click.ClickException(str(error)) from None
