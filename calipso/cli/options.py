"""Options that many commands have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from click.shell_completion import CompletionItem

from .session import Session, registry

Command = Callable[..., Any]

OFFERED = 50
"""Names that a shell offers at most."""


def json_option(command: Command) -> Command:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(command)


def environment_option(command: Command) -> Command:
    """Add `--env`."""
    return click.option(
        "--env",
        "environment",
        metavar="NAME",
        envvar="CALIPSO_ENVIRONMENT",
        shell_complete=_environments,
        help="The environment; may be left out where there is but one.  [env var: CALIPSO_ENVIRONMENT]",
    )(command)


def generation_option(command: Command) -> Command:
    """Add `--generation`."""
    return click.option(
        "--generation", metavar="N", type=click.IntRange(1), help="As it was then; else the newest."
    )(command)


def object_argument(*, required: bool = True) -> Callable[[Command], Command]:
    """Return a decorator that adds an object, given by its id or its name."""
    return click.argument(
        "wanted", metavar="ID" if required else "[ID]", required=required, shell_complete=_objects
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


def _session(context: click.Context) -> Session:
    group = context.find_root()
    return Session(group.params.get("mongo_uri"), group.params.get("inventory") or "inventory")


def _environments(context: click.Context, _option: click.Parameter, begun: str) -> list[CompletionItem]:
    try:
        with _session(context).store() as store:
            names = [environment.name for environment in store.environments()]
    except click.ClickException:
        return []
    return [CompletionItem(name) for name in names if name.startswith(begun)]


def _objects(context: click.Context, _option: click.Parameter, begun: str) -> list[CompletionItem]:
    """Offer names that begin so, where nobody wrote anything nothing: there may be many thousands."""
    try:
        with _session(context).view(context.params.get("environment"), None) as (_store, view):
            found = view.find(begun, fields=("id", "name"), limit=OFFERED)
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
