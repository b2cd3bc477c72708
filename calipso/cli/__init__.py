"""The command line: what is known of a cloud, for people in a terminal and for scripts."""

from __future__ import annotations

import click

from .clique import clique
from .commands import Commands, print_version
from .completion import completion
from .database import db
from .environments import environments, generations
from .export import export
from .find import find
from .journal import messages, scans
from .session import Session
from .show import show
from .tree import tree

COMMANDS = (tree, show, find, clique, messages, scans, environments, generations, export, db, completion)


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
    envvar="CALIPSO_MONGO_URI",
    help="The database; else $CALIPSO_MONGO_URI, else the embedded server, if it runs.",
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
def main(context: click.Context, inventory: str, mongo_uri: str | None) -> None:
    """Show an OpenStack cloud's virtual networking as it really is."""
    context.obj = Session(mongo_uri, inventory)


for command in COMMANDS:
    main.add_command(command)
