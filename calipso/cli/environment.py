"""`calipso environment`: an environment is made, changed, shown and deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

import click

from ..caller import caller
from ..report.text import visible
from .connections import test
from .environments import environments
from .options import complete_environments, json_option
from .output import emit, emit_json, json_bytes, moment, table
from .overcloud import from_overcloudrc
from .session import Session, registry

if TYPE_CHECKING:
    from ..model.environment import Principals
    from ..scan.environments import Inventory

_Command = Callable[..., Any]

_LISTS = ("mechanism_drivers", "type_drivers")


@click.group()
def environment() -> None:
    """Make, change, show, test and delete environments.

    A scan makes its environment by itself; here is said what it cannot know: who may see it, where the
    cloud's parts are reached, how long states are kept. No secret is taken, but the name of where it lives.
    """


environment.add_command(environments, "list")
environment.add_command(test)
environment.add_command(from_overcloudrc)


def _fields(command: _Command) -> _Command:
    """Add an option for each field that fits one, and `--file` for all."""
    options = (
        click.option(
            "--file",
            "file",
            metavar="FILE",
            type=click.File(encoding="utf-8"),
            help="Take fields from a YAML or JSON file; - is standard input. Options go before it.",
        ),
        click.option("--type", "environment_type", metavar="TYPE", help="OpenStack, unless said otherwise."),
        click.option("--distribution", metavar="NAME", help="What it was installed with, such as Kolla."),
        click.option("--distribution-version", metavar="TEXT", help="The version of that."),
        click.option(
            "--mechanism-driver",
            "mechanism_drivers",
            metavar="NAME",
            multiple=True,
            help="Such as OVS; else those that a scan finds. May be repeated.",
        ),
        click.option(
            "--type-driver",
            "type_drivers",
            metavar="NAME",
            multiple=True,
            help="Such as vxlan; else those that a scan finds. May be repeated.",
        ),
        click.option("--env-type", metavar="TEXT", help="development, testing, staging or production."),
        click.option("--cloud", metavar="NAME", help="The cloud in clouds.yaml."),
        click.option("--user", metavar="NAME", help="The owner, who may see and change it."),
        click.option("--listen/--no-listen", default=None, help="Follow the cloud's notifications."),
        click.option(
            "--monitoring/--no-monitoring", "enable_monitoring", default=None, help="Monitor its objects."
        ),
        click.option(
            "--grant",
            metavar="RIGHT:NAME",
            multiple=True,
            help="Let somebody see it (view:ann) or change it (edit:group:ops). May be repeated.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _name_argument(command: _Command) -> _Command:
    return click.argument("name", shell_complete=complete_environments)(command)


@environment.command()
@click.argument("name")
@_fields
@click.pass_obj
def add(session: Session, /, name: str, file: TextIO | None, grant: tuple[str, ...], **options: Any) -> None:
    """Add an environment."""
    from ..scan import environments as made

    with _refused():
        wanted = made.added(
            {**_sent(name, file, options), "name": name},
            registry().supported,
            grant=made.principals(grant),
        )
    with session.store() as store:
        made.add(store, wanted, by=caller(), at=datetime.now(UTC))
    click.echo(f"Environment {visible(name)} is there.")


@environment.command()
@_name_argument
@_fields
@click.option(
    "--revoke", metavar="RIGHT:NAME", multiple=True, help="Take a right from somebody. May be repeated."
)
@click.pass_obj
def change(
    session: Session,
    /,
    name: str,
    file: TextIO | None,
    grant: tuple[str, ...],
    revoke: tuple[str, ...],
    **options: Any,
) -> None:
    """Change what is given of an environment, and nothing else.

    In a file, null takes away a text, or a section of the configuration.
    """
    from ..scan import environments as made

    with _refused():
        sent = _sent(name, file, options)
    if not (sent or grant or revoke):
        raise click.UsageError("there is nothing to change", click.get_current_context())
    with session.store() as store, _refused():
        granted: Principals = made.principals(grant)
        before, after = made.change(
            store,
            name,
            sent,
            registry().supported,
            grant=granted,
            revoke=made.principals(revoke),
            by=caller(),
            at=datetime.now(UTC),
        )
    different = before.difference(after)
    for path, (old, new) in different.items():
        click.echo(f"{visible(path)}: {_text(old)} -> {_text(new)}")
    if not different:
        click.echo("Nothing is different.")


@environment.command()
@_name_argument
@click.option(
    "--inventory",
    metavar="keep|delete",
    type=click.Choice(["keep", "delete"]),
    help="What happens to all that was scanned.",
)
@click.pass_obj
def delete(session: Session, name: str, inventory: Inventory | None) -> None:
    """Delete an environment.

    With --inventory keep only its configuration goes: what was scanned can still be read, and is taken up
    again by an environment of the same name. With --inventory delete everything goes, for good.
    """
    if inventory is None:
        raise click.UsageError(
            "say what happens to all that was scanned: --inventory keep (it can still be read) or "
            "--inventory delete (it goes, for good)",
            click.get_current_context(),
        )
    from ..scan import environments as made

    with session.store() as store:
        made.delete(store, name, inventory, by=caller(), at=datetime.now(UTC))
    kept = "its inventory is kept" if inventory == "keep" else "with all that was known of it"
    click.echo(f"Environment {visible(name)} is deleted, {kept}.")


@environment.command()
@_name_argument
@json_option
@click.pass_obj
def show(session: Session, name: str, as_json: bool) -> None:
    """Show an environment: what people set, and what Calipso notes of it."""
    from ..model.supported import features

    with session.environment(name) as (store, known):
        found = store.environment(known)
    if found is None:
        raise click.ClickException(f"environment {name!r} has an inventory, and no configuration")
    shown = {**asdict(found), "features": sorted(features(found, registry().supported))}
    if as_json:
        emit_json(shown)
        return
    rows = table("Field", "Value")
    for field, value in shown.items():
        if isinstance(value, Mapping) and value:
            for key, part in value.items():
                rows.add_row(visible(f"{field}.{key}"), _text(part))
        else:
            rows.add_row(field, _text(value))
    emit(rows)


def _sent(name: str, file: TextIO | None, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the file and the options say."""
    sent = _read(file) if file else {}
    if sent.pop("name", name) != name:
        raise click.UsageError(f"the file is not of environment {name!r}", click.get_current_context())
    given = {key: list(value) if key in _LISTS else value for key, value in options.items()}
    cloud = given.pop("cloud")
    sent |= {key: value for key, value in given.items() if value not in (None, [])}
    if cloud is not None:
        from ..model.targets import by_target

        sections = by_target(sent.get("configuration") or {})
        if isinstance(sections, dict):
            sent["configuration"] = {**sections, "OpenStack": {"cloud": cloud}}
    return sent


def _read(file: TextIO) -> dict[str, Any]:
    """Return the mapping that a YAML file holds; what is wrong is told without a word of the file itself."""
    import yaml

    try:
        content = yaml.safe_load(file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise click.UsageError(f"the file is no YAML or JSON{place}", click.get_current_context()) from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError):
        raise click.UsageError("the file is no YAML or JSON", click.get_current_context()) from None
    if not isinstance(content, dict):
        raise click.UsageError("the file must hold a mapping of fields", click.get_current_context())
    return content


@contextmanager
def _refused() -> Iterator[None]:
    """Tell what is not taken as wrong usage."""
    try:
        yield
    except ValueError as error:
        raise click.UsageError(str(error), click.get_current_context()) from None


def _text(value: Any) -> str:
    if value is None or value in ((), [], {}):
        return "-"
    if isinstance(value, datetime):
        return moment(value)
    return visible(value) if isinstance(value, str) else visible(json_bytes(value).decode())
