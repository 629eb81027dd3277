"""Build the site of the documentation into build/site: mkdocs.yml with a navigation made from the folders of docs."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import yaml

from tools.programs import ROOT, program

DOCS = ROOT / "docs"
BUILD = ROOT / "build"

Entry: TypeAlias = str | dict[str, "str | list[Entry]"]

# What each part begins with: pages of its folder and pages that stand in docs itself, in the order of reading. The
# other pages of the folder follow by name. A page that is named here and not there is passed over.
PARTS = (
    (
        "Tutorials",
        "tutorials",
        ("tutorials/your-first-plant.md", "tutorials/first-upgrade.md", "tutorials/first-dashboard.md",
         "tutorials/class-of-90-minutes.md"),
    ),
    (
        "How-to guides",
        "how-to",
        ("how-to/run-plants.md", "how-to/inject-a-fault.md", "faults.md", "upgrades.md", "how-to/write-an-upgrade.md",
         "how-to/connect-a-foreign-server.md", "how-to/export-data.md", "how-to/use-influxdb.md", "grafana.md",
         "how-to/back-up.md", "operations.md"),
    ),
    (
        "Reference",
        "reference",
        ("reference/twin.md", "reference/edge.md", "reference/configuration.md", "api.md", "reference/rest.md",
         "kpi.md", "telemetry.md", "mapping.md", "uns.md", "influxdb.md"),
    ),
    (
        "Explanation",
        "explanation",
        ("explanation/architecture.md", "rooms.md", "gains.md", "reliability.md", "security.md",
         "explanation/limits.md", "decisions.md"),
    ),
)  # fmt: skip


def title(page: Path) -> str:
    """Return the heading that a page begins with; raises ValueError where there is none."""
    found = re.match(r"# (.+)\n", page.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{page}: begins with no heading; write '# Title' into its first line")
    return found[1].replace("`", "")


def navigation(docs: Path = DOCS) -> list[Entry]:
    """Return the navigation: start page, the four parts, the plants; every page of `docs` is in it once.

    A page that no part names, and that lies in no part's folder, ends the how-to guides.
    """
    known = {page.relative_to(docs).as_posix() for page in docs.rglob("*.md")}
    parts = {name: list(_of_part(folder, first, known)) for name, folder, first in PARTS}
    plants = sorted(name for name in known if name.startswith("plants/"))
    plants.sort(key=lambda name: name == "plants/sources.md")
    placed = {"index.md", *plants}.union(*parts.values())
    parts["How-to guides"] += sorted(known - placed)
    found: list[Entry] = [{"Start": "index.md"}]
    for name, pages in parts.items():
        entries: list[Entry] = [{title(docs / page): page} for page in pages]
        if name == "Reference":
            entries.append({"Plants": [{title(docs / page): page} for page in plants]})
        found.append({name: entries})
    return found


def _of_part(folder: str, first: tuple[str, ...], known: set[str]) -> Iterator[str]:
    yield from (name for name in first if name in known)
    yield from sorted(name for name in known if name.startswith(f"{folder}/") and name not in first)


def prepare(place: Path) -> Path:
    """Write `place`/mkdocs.yml, mkdocs.yml with the navigation, beside a copy of docs, and return it.

    The generator wants pages and site below its configuration. What measurements left (docs/gains) is not copied.
    """
    pages = place / "docs"
    shutil.rmtree(pages, ignore_errors=True)
    shutil.copytree(DOCS, pages, ignore=shutil.ignore_patterns("gains", "__pycache__"))
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    settings |= {"docs_dir": "docs", "site_dir": "site", "nav": navigation()}
    configuration = place / "mkdocs.yml"
    configuration.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return configuration


def build(place: Path = BUILD) -> "subprocess.CompletedProcess[str]":
    """Build `place`/site anew; a link that leads nowhere fails it. Returns what the generator said."""
    command = [program("zensical"), "build", "--clean", "--strict", "--config-file", str(prepare(place))]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
