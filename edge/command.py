"""What the edge's commands share: how they end when they cannot do what was written."""

from typing import NoReturn

import typer

USAGE = 2


def fail(text: object) -> NoReturn:
    """Tell what is wrong in one line on stderr and end with the exit code of a usage error."""
    typer.echo(f"edge: {text}", err=True)
    raise typer.Exit(USAGE)
