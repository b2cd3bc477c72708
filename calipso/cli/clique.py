"""`calipso clique`: the graph around an object."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..model.topology import Document
from .options import environment_option, generation_option, json_option, object_argument
from .output import emit, emit_json, speaks_unicode
from .resolve import resolve
from .session import Session, registry, styles

if TYPE_CHECKING:
    from ..build.registry import Registry
    from ..report.graph import Graph


@click.command()
@object_argument()
@environment_option
@generation_option
@click.option("--mermaid", "as_mermaid", is_flag=True, help="Print it as a Mermaid flowchart, for Markdown.")
@click.option(
    "--svg",
    "svg_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="Write it as a picture; - for standard output.",
)
@click.option("--all", "everything", is_flag=True, help="Every object, however many are alike.")
@json_option
@click.pass_obj
def clique(
    session: Session,
    wanted: str,
    environment: str | None,
    generation: str | None,
    as_mermaid: bool,
    svg_file: Path | None,
    everything: bool,
    as_json: bool,
) -> None:
    """Show the graph around an object, layer by layer.

    Of many objects that are alike only some are shown; those with a fault are among them.
    """
    if as_mermaid + as_json + (svg_file is not None) > 1:
        raise click.UsageError("--mermaid, --svg and --json exclude each other", click.get_current_context())
    from ..report.focus import focus
    from ..report.graph import FOLD, layered

    known = registry()
    looks = styles(known)
    with session.view(environment, generation) as (store, view):
        focal = resolve(view, wanted)
        found = focus(store, view, focal["id"], known)
        if found is None or not found.links:
            raise click.ClickException(f"there is no clique around {focal['id']!r}: {_reason(focal, known)}")
        caption = f"Environment {view.environment}, generation {view.generation}"
    graph = layered(focal["id"], found.objects, found.links, fold=None if everything or as_json else FOLD)
    if as_json:
        emit_json({**asdict(found), "layers": _ids(graph)})
    elif as_mermaid:
        from ..report.mermaid import mermaid

        click.echo(mermaid(graph, looks).encode(), nl=False)
    elif svg_file is not None:
        from ..report.svg import svg

        _write(svg_file, svg(graph, looks, caption))
    else:
        from ..report.terminal import layers

        emit(layers(graph, looks, caption, unicode=speaks_unicode()))


def _reason(focal: Document, known: Registry) -> str:
    types = sorted({each.focal_point_type for each in known.clique_types})
    if focal["type"] in types:
        return "nothing that its cliques hold is linked to it"
    return f"it is of type {focal['type']}; cliques are around {', '.join(types)}"


def _ids(graph: Graph) -> list[list[str]]:
    return [[node.id for node in layer] for layer in graph.layers]


def _write(file: Path, picture: str) -> None:
    if str(file) == "-":
        click.echo(picture.encode(), nl=False)
        return
    try:
        file.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from None
