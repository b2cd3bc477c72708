"""The command line: what is known of a cloud, for people in a terminal and for scripts."""

from __future__ import annotations

from pathlib import Path

import click

from .clique import clique
from .commands import Commands, print_version
from .compare import compare
from .completion import completion
from .database import db
from .environment import environment
from .environments import environments, generations
from .export import export
from .find import find
from .health import health, status
from .journal import messages, scans
from .listen import listen
from .monitoring import monitoring
from .ports import ports
from .scan import scan
from .schedule import schedule
from .serve import serve
from .session import Session
from .show import show
from .snapshots import snapshot, snapshots
from .tree import tree
from .user import user
from .work import work

COMMANDS = (
    tree,
    show,
    find,
    clique,
    ports,
    compare,
    health,
    status,
    messages,
    scans,
    scan,
    schedule,
    monitoring,
    environment,
    environments,
    generations,
    snapshot,
    snapshots,
    export,
    user,
    serve,
    work,
    listen,
    db,
    completion,
)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--inventory",
    metavar="SET",
    envvar="CALIPSO_INVENTORY",
    default="inventory",
    show_default=True,
    help="The set of collections that holds the inventory.",
)
@click.option(
    "--mongo-uri",
    metavar="URI",
    help="The database; else what --mongo-config says.",
)
@click.option(
    "--mongo-config",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Where the database is, line by line: server, port, user, password... Else $CALIPSO_MONGO_CONFIG, "
    "$CALIPSO_MONGO_URI, /etc/calipso/mongo.conf, or the embedded server, if it runs.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_version,
    help="Print the version.",
)
@click.pass_context
def main(context: click.Context, inventory: str, mongo_uri: str | None, mongo_config: Path | None) -> None:
    """Show an OpenStack cloud's virtual networking as it really is."""
    if mongo_uri and mongo_config:
        raise click.UsageError("--mongo-uri and --mongo-config exclude each other", context)
    context.obj = Session(mongo_uri, inventory, mongo_config)


for command in COMMANDS:
    main.add_command(command)
