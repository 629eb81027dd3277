"""The command `edge map`: mapping files of plants behind somebody else's servers."""

from pathlib import Path
from typing import Annotated

import typer

from edge.command import fail

app = typer.Typer(help="Mapping files of plants behind somebody else's OPC UA servers.", no_args_is_help=True)


@app.callback()
def mapping() -> None:
    """Mapping files of plants behind somebody else's OPC UA servers."""


@app.command(epilog="Example: edge map check docs/mapping.example.toml")
def check(file: Annotated[Path, typer.Argument(help="the mapping file")]) -> None:
    """Check a mapping file and tell what the edge would collect; exit code 2 when it cannot be used."""
    from edge.collect.mapping import MappingError, read_mapping

    try:
        found = read_mapping(file)
    except MappingError as error:
        fail(error)
    nodes = {(unit, tag.name): tag.node for unit, tag in found.tags()}
    declaration = found.declare(1, 0)
    typer.echo(f"plant {declaration.plant} at {found.address}, paced by {declaration.pacing}")
    for unit in declaration.units:
        typer.echo(f"{unit.path} ({unit.title})")
        for tag in unit.tags:
            origin = nodes.get((unit.name, tag.name)) or "made by the edge"
            typer.echo(f"  {tag.name:28} {tag.kind:9} {tag.unit:10} {origin}")
