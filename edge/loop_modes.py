"""Which closed loops may act: one small file, written whole or not at all."""

import json
import os
from pathlib import Path
from typing import Literal, TypeAlias

Mode: TypeAlias = Literal["advisory", "automatic"]
MODES: tuple[Mode, ...] = ("advisory", "automatic")


class LoopModes:
    """The mode of each plant's upgrades; `advisory` unless somebody has chosen `automatic`.

    A file that cannot be read counts as empty, and `incident` says so: loops then advise only.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.incident = ""
        self._automatic: set[tuple[str, str]] = set()
        try:
            told = json.loads(file.read_text(encoding="utf-8"))
            self._automatic = {(str(plant), str(key)) for plant, keys in told.items() for key in keys}
        except FileNotFoundError:
            pass
        except (OSError, ValueError, AttributeError, TypeError) as error:
            self.incident = f"{file} cannot be read ({error}): every loop advises only; choose its mode anew"

    def __getitem__(self, loop: tuple[str, str]) -> Mode:
        return "automatic" if loop in self._automatic else "advisory"

    def choose(self, plant: str, key: str, mode: Mode) -> None:
        """Keep the mode of an upgrade's loops; raises OSError when it cannot be written, and changes nothing then."""
        wanted = self._automatic | {(plant, key)} if mode == "automatic" else self._automatic - {(plant, key)}
        by_plant: dict[str, list[str]] = {}
        for name, one in sorted(wanted):
            by_plant.setdefault(name, []).append(one)
        new = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        new.write_text(json.dumps(by_plant, indent=1), encoding="utf-8")
        new.replace(self._file)
        self._automatic = wanted
