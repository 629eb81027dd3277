"""What the commands of `twin` share: options, exit codes, and errors as one clear line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from twin.argument import UsageProblem
from twin.discovery import DiscoveryError
from twin.model.plant import ParameterError
from twin.secret import SecretError
from twin.transport import AddressError, PlantBroken

FAILED = 1
USAGE = 2

Folder = Annotated[
    Path | None, typer.Option("--plants", "--plants-dir", help="folder with further plant files (*.py)")
]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON instead of a table")]
Values = Annotated[
    list[str] | None, typer.Option("--set", help="parameter of the plant, NAME=VALUE; repeatable")
]
Paradigms = Annotated[
    str, typer.Option(help="install the upgrades of networked, or of intelligent (both), from the start")
]
Upgrades = Annotated[str, typer.Option(help="install these upgrades from the start: keys, with commas")]
Level = Annotated[str, typer.Option("--level", help="their strength: low, mid, high or a number from 0 to 3")]


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn what a user can mend into one line on stderr and an exit code; never a traceback."""
    try:
        yield
    except (UsageProblem, DiscoveryError, ParameterError, AddressError) as error:
        fail(error, USAGE)
    except (PlantBroken, SecretError, OSError) as error:
        fail(error, FAILED)
    except ModuleNotFoundError as error:  # commands of the lab import it within
        fail(UsageProblem(f"{error.name} is not installed; pip install 'smart-factory-twin[lab]'"), USAGE)


def fail(error: Exception, code: int) -> NoReturn:
    """End the command with `code` and the error on stderr."""
    typer.echo(f"twin: {error}", err=True)
    raise typer.Exit(code)
