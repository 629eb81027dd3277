"""A small plant on paper and random frames of it, for the tests of the edge's intake."""

import numpy as np

from twin.model.declaration import Declaration, TagDeclaration, UnitDeclaration
from twin.model.frame import Frame
from twin.model.tag import Kind
from twin.packing import Batch, pack, unpack

START = 1_800_000_000_000  # a full minute, UTC ms
TAGS = ("state", "reason", "power_electricity", "prod_processed_count")
_KINDS = (Kind.STATE, Kind.TEXT, Kind.MEASURE, Kind.COUNT)


def declaration(plant: str = "press", epoch: int = 1, start_ms: int = START, units: int = 3) -> Declaration:
    """Declare a plant of `units` units with four tags each."""
    line = f"demo/{plant}/area_1/line_1"
    return Declaration(
        plant=plant, title=plant, industry="", line_kind="discrete", line_path=line, pacing="u1",
        product_unit="{piece}",
        epoch=epoch, start_ms=start_ms, scan_s=1.0, seed=1, configuration={}, flows=(),
        units=tuple(
            UnitDeclaration(
                name=name, title=name, role="unit" if place else "line", kind="press", path=f"{line}/{name}",
                count_unit="{piece}",
                tags=tuple(
                    TagDeclaration(
                        name=tag, kind=kind, unit="1", low=None, high=None, lolo=None, lo=None, hi=None, hihi=None,
                        deadband=0.0, writable=False, description="",
                    )
                    for tag, kind in zip(TAGS, _KINDS, strict=True)
                ),
            )
            for place, name in enumerate(["line", *(f"u{number}" for number in range(1, units))])
        ),
    )  # fmt: skip


def frames(
    known: Declaration, seconds: int, *, seed: int = 1, first_seq: int = 1, start_s: int = 0
) -> list[Frame]:
    """Make one frame a unit and second, each with one to four samples, in the order of time."""
    rng = np.random.default_rng(seed)
    made = []
    for second in range(seconds):
        time_ms = known.start_ms + (start_s + second + 1) * 1000
        for source in known.sources:
            tags = sorted(rng.choice(4, size=int(rng.integers(1, 5)), replace=False).tolist())
            values = [0.0 if tag == 1 else float(rng.integers(1, 17)) for tag in tags]
            texts = {place: f"failure:{rng.integers(9)}" for place, tag in enumerate(tags) if tag == 1}
            made.append(
                Frame(
                    source,
                    known.epoch,
                    first_seq + second,
                    time_ms,
                    tags,
                    [time_ms] * len(tags),
                    values,
                    texts,
                )
            )
    return made


def blob(known: Declaration, some: list[Frame]) -> bytes:
    """Pack frames as the plant does."""
    return pack(some, known.sources)


def batch(known: Declaration, some: list[Frame]) -> Batch:
    """Pack and unpack frames."""
    return unpack(blob(known, some))
