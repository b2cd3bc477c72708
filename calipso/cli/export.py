"""`calipso export`: everything, for programs."""

from __future__ import annotations

import sys

import click

from .options import environment_option, generation_option
from .output import json_bytes
from .session import Session


@click.command()
@environment_option
@generation_option
@click.pass_obj
def export(session: Session, environment: str | None, generation: str | None) -> None:
    """Print everything, a JSON document a line.

    That is every object, link and clique, each with its `collection`. The output is UTF-8, in the
    order of collections and ids.
    """
    output = sys.stdout.buffer
    with session.view(environment, generation) as (_store, view):
        for document in view.export():
            output.write(json_bytes(document) + b"\n")
        output.flush()
