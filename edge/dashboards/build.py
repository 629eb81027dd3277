"""Builds the dashboards: `python -m edge.dashboards.build` writes them, `--check` tells what is not up to date."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from edge.dashboards import alert, energy, fleet, health, loss, maintenance, oee, quality, role, upgrade
from edge.dashboards.built import FOLDER
from edge.dashboards.page import Page

PAGES: tuple[Callable[[], Page], ...] = (
    fleet.page, oee.page, loss.page, quality.page, energy.page, maintenance.page, upgrade.page, health.page,
    role.operator, role.manager, role.maintainer, role.energy_manager, role.trainer,
)  # fmt: skip

ALERTS = FOLDER.parent / "containers" / "grafana" / "alerting" / "alerts.yaml"


def built() -> dict[Path, str]:
    """Return every file by its place below `dashboards/`."""
    found: dict[Path, str] = {}
    for make in PAGES:
        page = make()
        text = json.dumps(page.as_json(), indent=1, ensure_ascii=False) + "\n"
        found[Path(page.folder, f"{page.uid.removeprefix('sf-')}.json")] = text
    return found


def alerts() -> str:
    """Return the file of alert rules: JSON, which is YAML too."""
    return json.dumps(alert.provisioned(), indent=1, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m edge.dashboards.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 when a file differs")
    options = parser.parse_args(arguments)
    wanted = {FOLDER / place: text for place, text in built().items()} | {ALERTS: alerts()}
    files = [*FOLDER.glob("*/*.json"), *ALERTS.parent.glob("*.yaml")]
    there = {file: file.read_text(encoding="utf-8") for file in files}
    stale = sorted(file for file in wanted.keys() | there.keys() if wanted.get(file) != there.get(file))
    for file in stale:
        if options.check:
            print(f"{file}: differs from what is built; run python -m edge.dashboards.build", file=sys.stderr)
        elif file in wanted:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(wanted[file], encoding="utf-8")
        else:
            file.unlink()
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
