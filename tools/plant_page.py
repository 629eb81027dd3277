"""Make docs/plants/<name>.md and its sketch from each plant; `make docs` writes them."""

import inspect
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tools.markdown_table import code, table
from tools.plant_sketch import sketch
from twin.model.declaration import Declaration, FaultDeclaration, TagDeclaration, UnitDeclaration
from twin.model.loop import Loop
from twin.model.plant import Plant
from twin.model.simulation import Simulation
from twin.model.upgrade import Change, Upgrade

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "plants"
SOURCES = PAGES / "sources.md"

# What every unit has (twin/model/unit.py) or the line itself (twin/model/line_unit.py): told once, in telemetry.md.
_STANDARD = re.compile(
    r"state|reason|capacity|\w+_count|ideal_cycle_time|(power|energy)_\w+|fault_\w+|"
    r"planned_busy|shift|order|product|order_quantity|power_on_duration|labour_\w+|"
    r"(price|carbon|unit_cost|hourly_cost|defect_cost)_\w+|upgrade_\w+"
)
_CITED = re.compile(r"\bV\d+[a-z]?\b")


def pages(plant_cls: type[Plant]) -> dict[Path, str]:
    """Return the plant's page and sketch by file."""
    plant = plant_cls()
    declaration = Simulation(plant, seed=1, start=datetime(2026, 1, 5, tzinfo=UTC)).declaration
    text = "\n".join(_page(plant, declaration)).rstrip() + "\n"
    return {PAGES / f"{plant.name}.md": text, PAGES / f"{plant.name}.svg": sketch(declaration)}


def _page(plant: Plant, declaration: Declaration) -> Iterator[str]:
    folder = Path(inspect.getfile(type(plant)))
    notes = folder.with_name("notes.md")
    told = ""
    if folder.name == "__init__.py" and notes.exists():
        told = re.sub(r"\A# .+\n+", "", notes.read_text()).strip()
        told = told if told.startswith("## ") else f"## The process\n\n{told}"
    yield f"# {plant.title}\n"
    yield f"<!-- Built by `make docs` from {folder.relative_to(ROOT)}; edit the plant and its notes.md. -->\n"
    yield f"Plant `{plant.name}`: a {declaration.line_kind} line of the industry *{plant.industry}*, counted in"
    yield f"{code(declaration.product_unit)}, paced by `{declaration.pacing}`. Try it:"
    yield f"`make demo PLANTS={plant.name}`.\n"
    yield f"![The line: units and flows]({plant.name}.svg)\n"
    yield inspect.cleandoc(type(plant).__doc__ or "") + "\n"
    yield from _targets(plant, declaration)
    if told:
        yield told + "\n"
    yield from _parameters(plant)
    yield from _units(declaration)
    yield from _faults(declaration)
    yield from _upgrades(plant)
    yield from _introduction(plant)
    yield from _sources(plant, told)


def _targets(plant: Plant, declaration: Declaration) -> Iterator[str]:
    targets = plant.targets()
    if targets:
        yield "## What the data sheet says of the line\n"
        units = {"specific_energy": f"kW.h/{declaration.product_unit.strip('{}')}"}
        yield from table(
            ("figure", "target"),
            [
                (name.replace("_", " "), f"{value:.4g} {units.get(name, '')}".strip())
                for name, value in targets.items()
            ],
        )
        yield f"`twin check {plant.name}` holds the simulation against these figures.\n"


def _parameters(plant: Plant) -> Iterator[str]:
    yield "## Parameters\n"
    values = plant.configuration()
    yield from table(
        ("parameter", "default", "unit", "range", "source", "what it is"),
        [
            (code(name), f"{values[name]:g}", code(known.unit), f"{known.low:g} … {known.high:g}", known.source,
             known.description)
            for name, known in plant.parameters().items()
        ],
    )  # fmt: skip


def _units(declaration: Declaration) -> Iterator[str]:
    yield "## Units and their tags\n"
    yield "Beside the tags that every unit has: state, counts, energy ([telemetry](../telemetry.md)).\n"
    alike: dict[tuple[tuple[str, str], ...], list[UnitDeclaration]] = {}
    for unit in declaration.units:
        own = tuple((tag.name, tag.description) for tag in unit.tags if not _STANDARD.fullmatch(tag.name))
        alike.setdefault((*own, ("", unit.kind if not own else "")), []).append(unit)
    for units in alike.values():
        rows = [_tag_row(tag) for tag in units[0].tags if not _STANDARD.fullmatch(tag.name)]
        if rows or units[0].role != "line":
            names = ", ".join(code(unit.name) for unit in units)
            yield f"**{'; '.join(unit.title for unit in units)}** ({names})\n"
        if rows:
            yield from table(("tag", "kind", "unit", "range", "alarm limits", "what it is"), rows)


def _tag_row(tag: TagDeclaration) -> tuple[str, ...]:
    limits = [tag.lolo, tag.lo, tag.hi, tag.hihi]
    alarms = " / ".join("–" if limit is None else f"{limit:g}" for limit in limits)
    given = any(limit is not None for limit in limits)
    span = f"{tag.low:g} … {tag.high:g}" if tag.low is not None and tag.high is not None else ""
    kind = f"{tag.kind.value}, writable" if tag.writable else tag.kind.value
    return (code(tag.name), kind, code(tag.unit), span, alarms if given else "", tag.description)


def _faults(declaration: Declaration) -> Iterator[str]:
    if declaration.faults:
        yield "## Faults\n"
        yield "Each can be injected and reset while the plant runs ([how](../faults.md)). A change is the least that is"
        yield "expected against the same run without the fault; the tests hold every fault to it.\n"
        yield from table(
            ("fault", "at", "what happens", "what is seen of it"),
            [
                (
                    f"{fault.title} ({code(fault.key)})",
                    code(fault.unit),
                    fault.mechanism,
                    _effects(fault, declaration),
                )
                for fault in declaration.faults
            ],
        )  # fmt: skip


def _upgrades(plant: Plant) -> Iterator[str]:
    upgrades = plant.upgrades()
    if not upgrades:
        return
    values = plant.configuration()
    yield "## Upgrades\n"
    yield "What can be done to the plant, each alone or together ([how](../upgrades.md)). Effects are those of the data"
    yield "sheet at low / mid / high strength, on a parameter, never on a figure; a loop has no effect but what it"
    yield "earns. Cost in million CNY, once and a year (est.).\n"
    yield from table(
        (
            "upgrade",
            "kind",
            "what happens",
            "parameters: today, and low / mid / high",
            "loops",
            "cost",
            "source",
        ),
        [
            (
                f"{upgrade.title} ({code(upgrade.key)})",
                f"{upgrade.paradigm.value}, {upgrade.function.value}",
                upgrade.mechanism,
                "; ".join(_change(change, values[change.parameter]) for change in upgrade.changes)
                + "".join(f"; introduction: {_factors(change)}" for change in upgrade.introduction),
                _loops(upgrade),
                f"{upgrade.one_off / 1e6:.2f}, {upgrade.running / 1e6:.2f}",
                upgrade.source,
            )
            for upgrade in upgrades
        ],
    )


def _change(change: Change, value: float) -> str:
    steps = " / ".join(f"{value * factor:.4g}" for factor in (change.low, change.mid, change.high))
    return f"{code(change.parameter)} {value:.4g}: {steps}"


def _factors(change: Change) -> str:
    return f"{code(change.parameter)} x {change.low:g} / {change.mid:g} / {change.high:g}"


def _loops(upgrade: Upgrade) -> str:
    """Name each kind of loop once, with how many there are and the tags of the first."""
    first: dict[str, Loop] = {}
    for loop in upgrade.loops:
        first.setdefault(loop.kind, loop)
    told = []
    for kind, loop in first.items():
        count = sum(one.kind == kind for one in upgrade.loops)
        seen, set_ = (", ".join(map(code, tags.values())) for tags in (loop.inputs, loop.outputs))
        times = f"{count} x " if count > 1 else ""
        told.append(f"{times}{kind.replace('_', ' ')}: {seen} → {set_}{' …' if count > 1 else ''}")
    return "; ".join(told)


def _introduction(plant: Plant) -> Iterator[str]:
    plan = plant.introduction()
    if plan is None:
        return
    yield "## A new product\n"
    trial = plan.build + plan.run + plan.analyse
    yield f"The introduction of a {plan.subject} is a model of a process, not of physics: {plan.fixed:g} weeks of fixed"
    yield f"work and {plan.trials:g} trials in the mean, each of {plan.build:g} (build) + {plan.run:g} (run) +"
    yield f"{plan.analyse:g} (analyse) weeks: {plan.fixed + plan.trials * trial:g} weeks in all. A trial's recipe"
    yield f"sets {code(plan.recipe)}. Source: {plan.source}\n"


def _effects(fault: FaultDeclaration, declaration: Declaration) -> str:
    units = {f"{unit.name}/{tag.name}": tag.unit for unit in declaration.units for tag in unit.tags}
    return "; ".join(
        f"`{effect.subject}` {effect.change:+g} {units.get(effect.subject, '').replace('1', '', 1)}".rstrip()
        + f" ({_span(effect.begin, effect.end)})"
        for effect in fault.effects
    )


def _span(begin: float, end: float) -> str:
    """Write hours, and what lies within the first hour in minutes."""
    if end < 3600:
        return f"{begin / 60:g}–{end / 60:g} min"
    return (f"{begin / 60:g} min" if 0 < begin < 3600 else f"{begin / 3600:g}") + f"–{end / 3600:g} h"


def _sources(plant: Plant, notes: str) -> Iterator[str]:
    texts = [parameter.source for parameter in plant.parameters().values()]
    texts += [inspect.getdoc(type(plant)) or "", notes]
    texts += [file.read_text() for file in _files(type(plant))]
    cited = set(_CITED.findall("\n".join(texts)))
    known = sources()
    yield "## Sources\n"
    yield "Numbers such as 8.2 are sections of the project's data sheet, whose figures are engineering estimates (est.)"
    yield "unless a work is named: [what the tags mean, and all sources](sources.md).\n"
    yield from table(
        ("tag", "source"),
        [
            (tag, known.get(tag, "not listed"))
            for tag in sorted(cited, key=lambda tag: (int(re.sub(r"\D", "", tag)), tag))
        ],
    )


def _files(plant_cls: type[Plant]) -> list[Path]:
    file = Path(inspect.getfile(plant_cls))
    return sorted(file.parent.glob("*.py")) if file.name == "__init__.py" else [file]


def sources() -> dict[str, str]:
    """Return the titles of all sources by tag."""
    return dict(re.findall(r"^- \*\*(V\d+[a-z]?)\*\* (.+)$", SOURCES.read_text(), re.MULTILINE))
