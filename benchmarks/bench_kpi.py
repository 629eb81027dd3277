"""How fast figures are: one sample at a time with read-out, and the engine on columns, against a bare Python loop.

Run: python benchmarks/bench_kpi.py [--quick]
"""

import argparse
import gc
import time
from collections.abc import Callable, Iterator

import numpy as np
from rich.console import Console
from rich.table import Table

from edge.engine import Engine
from twin.kpi import Kpi, figures
from twin.model.declaration import Declaration, TagDeclaration, UnitDeclaration
from twin.model.frame import Frame, Sample
from twin.model.tag import Kind
from twin.packing import Batch, pack, unpack

START = 1_800_000_000_000
LINE = "demo/bench/area_1/line_1"
MEASURES = 30
COUNTS = ("prod_processed_count", "prod_defective_count", "scrap_count", "rework_count", "energy_electricity_execute",
          "energy_electricity_idle", "energy_electricity_standby", "energy_electricity_off")  # fmt: skip


def tag(name: str, kind: Kind) -> TagDeclaration:
    """Declare a tag; measures have a Hi limit that is never reached."""
    limit = 4.5 if kind is Kind.MEASURE else None
    return TagDeclaration(
        name=name, kind=kind, unit="1", low=0.0, high=10.0, lolo=None, lo=None, hi=limit, hihi=None, deadband=0.0,
        writable=False, description="",
    )  # fmt: skip


def plant(units: int = 10) -> Declaration:
    """Declare units with the standard tags and 30 measures each."""
    own = (
        tag("state", Kind.STATE), tag("reason", Kind.TEXT), tag("capacity", Kind.STATE),
        *(tag(name, Kind.COUNT) for name in COUNTS), tag("ideal_cycle_time", Kind.PARAMETER),
        *(tag(f"measure_{number}", Kind.MEASURE) for number in range(MEASURES)),
    )  # fmt: skip
    return Declaration(
        plant="bench", title="", industry="", line_kind="discrete", line_path=LINE, pacing="u1", product_unit="{piece}",
        epoch=1, start_ms=START, scan_s=1.0, seed=1, configuration={}, flows=(),
        units=tuple(
            UnitDeclaration(
                name=name, title=name, role="unit" if place else "line", kind="unit", path=f"{LINE}/{name}",
                count_unit="{piece}", tags=own if place else (*own, tag("planned_busy", Kind.STATE)),
            )
            for place, name in enumerate(("line", *(f"u{number}" for number in range(1, units))))
        ),
    )  # fmt: skip


def frames(known: Declaration, seconds: int) -> Iterator[Frame]:
    """Yield a frame a unit and second: ten measures each, everything at full minutes, a piece every ten seconds."""
    rng = np.random.default_rng(1)
    for second in range(seconds + 1):
        at = known.start_ms + second * 1000
        for place, unit in enumerate(known.units):
            names = unit.tag_names
            values = {
                f"measure_{int(n)}": float(rng.random() * 4.4)
                for n in rng.choice(MEASURES, 10, replace=False)
            }
            if (second + place) % 10 == 0 or second % 60 == 0:
                values |= {"prod_processed_count": second // 10, "energy_electricity_execute": second / 60.0}
            if second % 60 == 0:
                values |= dict.fromkeys(COUNTS[1:4], 0.0) | {
                    "state": 6.0,
                    "capacity": 1.0,
                    "ideal_cycle_time": 9.0,
                }
                values |= {} if place else {"planned_busy": 1.0}
            tags = [names.index(name) for name in values]
            texts = {}
            if second == 0:
                tags.insert(0, names.index("reason"))
                texts = {0: "production"}
            numbers = [0.0] * len(texts) + list(values.values())
            yield Frame(unit.path, 1, second + 1, at, tags, [at] * len(tags), numbers, texts)


def cut(known: Declaration, some: list[Frame], size: int) -> list[Batch]:
    """Pack frames into batches of about `size` samples."""
    batches, part, count = [], [], 0
    for frame in some:
        part.append(frame)
        count += len(frame)
        if count >= size:
            batches.append(unpack(pack(part, known.sources)))
            part, count = [], 0
    return batches


def best(work: Callable[[], None], rounds: int) -> float:
    """Return the shortest processor time of some rounds in s."""
    times = []
    for _ in range(rounds):
        gc.collect()
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the work")
    seconds = 360 if parser.parse_args().quick else 3600
    known = plant()
    made = list(frames(known, seconds))
    samples: list[Sample] = [sample for frame in made for sample in known.samples(frame)]
    table = Table("what", "figure", "goal", "ratio to a bare loop")

    def bare() -> None:
        last: dict[str, float | str] = {}
        for sample in samples:
            last[sample.path] = sample.value

    loop = len(samples) / best(bare, 3)
    table.add_row("bare Python loop, newest value of each path", f"{loop:,.0f} samples/s", "", "1")

    def fold(batches: list[Batch]) -> Callable[[], None]:
        def work() -> None:
            engine = Engine(known)
            for batch in batches:
                engine.fold([batch])

        return work

    large = cut(known, made, 50_000) or cut(known, made, len(samples) // 2)
    count = sum(len(batch.tag) for batch in large)
    speed = count / best(fold(large), 3)
    table.add_row(f"engine, batches of {len(large[0].tag):,} samples", f"{speed:,.0f} samples/s", "1,000,000",
                  f"{speed / loop:.2f}")  # fmt: skip

    live = cut(known, made[: 10 * 300], 30)
    engine, each = Engine(known), []
    for batch in live:
        start = time.perf_counter()
        engine.fold([batch])
        each.append(time.perf_counter() - start)
    for name, share in (("median", 50.0), ("p99", 99.0)):
        table.add_row(f"engine, live batch of 30 samples with snapshot, {name}",
                      f"{np.percentile(each, share) * 1e3:.3f} ms", "1 ms", "")  # fmt: skip

    own = [
        sample for sample in samples if sample.path.startswith(f"{LINE}/u1/") or "planned_busy" in sample.path
    ]

    def update() -> None:
        kpi = Kpi("oee_index", f"{LINE}/u1")
        for sample in own:
            kpi.update(sample)

    speed = len(own) / best(update, 3)
    table.add_row("Kpi.update", f"{speed:,.0f} updates/s", "", f"{speed / loop:.2f}")

    kpi, each = Kpi("oee_index", f"{LINE}/u1"), []
    for sample in own:
        start = time.perf_counter()
        kpi.update(sample)
        kpi.get()
        each.append(time.perf_counter() - start)
    for name, share in (("median", 50.0), ("p99", 99.0)):
        table.add_row(f"Kpi.update and get, {name}", f"{np.percentile(each, share) * 1e6:.1f} µs",
                      "20 µs" if share > 50 else "", f"{np.percentile(each, share) * loop:.0f} x")  # fmt: skip

    tally = {"pq": 9.0, "ideal_time": 90.0, "planned_busy_time": 100.0, "actual_production_time": 95.0}

    def all_figures() -> None:
        for _ in range(1000):
            figures(tally)

    took = best(all_figures, 3) / 1000
    table.add_row("figures: all of one tally", f"{took * 1e6:.0f} µs", "", f"{took * loop:.0f} x")
    Console().print(table)


if __name__ == "__main__":
    main()
