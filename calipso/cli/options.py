"""Options that many commands have."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

import click
from click.shell_completion import CompletionItem

from ..model.search import Query
from .session import Session, registry

Command = Callable[..., Any]

OFFERED = 50
"""Names that a shell offers at most."""

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class Duration(click.ParamType[timedelta]):
    """A time span such as 90s, 30m, 24h or 7d; a bare number is seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the time span that `value` says."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"([1-9][0-9]{0,8})([smhd]?)", str(value))
        if found is None:
            self.fail(f"{value!r} is no time span; it looks like 90s, 30m, 24h or 7d", param, ctx)
        return timedelta(seconds=int(found[1]) * _UNITS[found[2] or "s"])


def json_option(command: Command) -> Command:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(command)


def ansible_options(when: str = "") -> Callable[[Command], Command]:
    """Add `--inventory` and `--extra-vars`, of which the help says first `when` they count."""

    def add(command: Command) -> Command:
        command = click.option(
            "-e",
            "--extra-vars",
            "extra",
            metavar="VARS",
            multiple=True,
            help=f"{when}Ansible's variables, as `ansible-playbook -e` takes them: a=b, or @FILE.",
        )(command)
        return click.option(
            "-i",
            "--inventory",
            "inventories",
            metavar="SOURCE",
            multiple=True,
            envvar="CALIPSO_ANSIBLE_INVENTORY",
            help=f"{when}Ansible's inventory: a file, a directory, or hosts with a comma. `{{environment}}` "
            "in it stands for the environment's name. May be repeated.",
        )(command)

    return add


def environment_option(command: Command) -> Command:
    """Add `--env`."""
    return click.option(
        "--env",
        "environment",
        metavar="NAME",
        envvar="CALIPSO_ENVIRONMENT",
        shell_complete=complete_environments,
        help="The environment; may be left out where there is but one.  [env var: CALIPSO_ENVIRONMENT]",
    )(command)


def generation_option(command: Command) -> Command:
    """Add `--generation` and `--at`: which state is meant, as `Store.find_state` takes it."""

    @wraps(command)
    def chosen(*args: Any, generation: str | None, at: str | None, **options: Any) -> Any:
        if generation is not None and at is not None:
            raise click.UsageError("--generation and --at exclude each other", click.get_current_context())
        return command(*args, generation=at if generation is None else generation, **options)

    numbered = click.option(
        "--generation",
        metavar="STATE",
        shell_complete=complete_states,
        help="As it was in this generation: its number, or its name if it is a snapshot. Else the newest.",
    )
    timed = click.option(
        "--at",
        metavar="TIME",
        callback=_time,
        help="As it was then: the newest generation of that time, such as 2026-11-01T10:00 (UTC).",
    )
    return numbered(timed(chosen))


def object_argument(*, required: bool = True) -> Callable[[Command], Command]:
    """Return a decorator that adds an object, given by its id or its name."""
    return click.argument(
        "wanted", metavar="ID" if required else "[ID]", required=required, shell_complete=complete_objects
    )


def limit_option(default: int) -> Callable[[Command], Command]:
    """Return a decorator that adds `--limit`."""
    return click.option(
        "--limit",
        metavar="N",
        type=click.IntRange(1),
        default=default,
        show_default=True,
        help="At most so many.",
    )


def types_option(command: Command) -> Command:
    """Add `--type`, which may be given several times."""
    return click.option(
        "--type",
        "types",
        metavar="TYPE",
        multiple=True,
        shell_complete=_types,
        help="Only objects of this type, such as instance, and what leads to them. May be repeated.",
    )(command)


def complete_environments(
    context: click.Context, _option: click.Parameter, begun: str
) -> list[CompletionItem]:
    """Offer the names of environments."""
    try:
        with _session(context).store() as store:
            names = [environment.name for environment in store.environments()]
    except click.ClickException:
        return []
    return [CompletionItem(name) for name in names if name.startswith(begun)]


def complete_states(context: click.Context, option: click.Parameter, begun: str) -> list[CompletionItem]:
    """Offer snapshots, and `latest`."""
    latest = [CompletionItem("latest")] if "latest".startswith(begun) else []
    return [*complete_snapshots(context, option, begun), *latest]


def complete_snapshots(context: click.Context, _option: click.Parameter, begun: str) -> list[CompletionItem]:
    """Offer the names of snapshots."""
    try:
        with _session(context).environment(context.params.get("environment")) as (store, name):
            names = [each for generation in store.generations(name) for each in generation.names]
    except click.ClickException:
        return []
    return [CompletionItem(each) for each in names if each.startswith(begun)]


def _time(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    if text is not None:
        try:
            return datetime.fromisoformat(text).isoformat()
        except ValueError:
            raise click.BadParameter(f"{text!r} is no ISO 8601 time, such as 2026-11-01T10:00") from None
    return text


def _session(context: click.Context) -> Session:
    given = context.find_root().params
    return Session(given.get("mongo_uri"), given.get("inventory") or "inventory", given.get("mongo_config"))


def complete_objects(context: click.Context, _option: click.Parameter, begun: str) -> list[CompletionItem]:
    """Offer names that begin so, where nobody wrote anything nothing: there may be many thousands."""
    try:
        with _session(context).view(context.params.get("environment"), None) as (_store, view):
            found = view.search(Query(begun), limit=OFFERED)
    except click.ClickException:
        return []
    words = [str(document[field]) for document in found for field in ("name", "id")]
    return [
        CompletionItem(word) for word in dict.fromkeys(words) if word.startswith(begun) and word.isprintable()
    ]


def _types(_context: click.Context, _option: click.Parameter, begun: str) -> list[CompletionItem]:
    try:
        kinds = registry().kinds.values()
    except click.ClickException:
        return []
    return [CompletionItem(kind.type, help=kind.label) for kind in kinds if kind.type.startswith(begun)]
