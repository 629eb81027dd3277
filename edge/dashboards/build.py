"""Builds the dashboards: `python -m edge.dashboards.build` writes them, `--check` tells what is not up to date.

With a FILE it builds a page of one's own: what its function `page` returns, proven, as JSON beside it.
"""

import argparse
import json
import re
import runpy
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from edge.dashboards import alert, energy, fleet, health, loss, maintenance, oee, quality, role, upgrade
from edge.dashboards.board import problems
from edge.dashboards.built import FOLDER, addresses
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
        found[Path(page.folder, f"{page.uid.removeprefix('sf-')}.json")] = _text(page)
    return found


def alerts() -> str:
    """Return the file of alert rules: JSON, which is YAML too."""
    return json.dumps(alert.provisioned(), indent=1, ensure_ascii=False) + "\n"


def own(file: Path) -> str:
    """Return the page of one's own that a file's function `page` makes; raises ValueError with what is wrong."""
    if file.suffix != ".py":
        raise ValueError(f"{file} is no Python file; name the one with the function page()")
    try:
        page = runpy.run_path(str(file)).get("page", lambda: None)()
        text = _text(page) if isinstance(page, Page) else ""
    except Exception as error:
        # whatever the file does wrong is told with the line of it that did
        lines = [
            frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)
        ]
        place = f"{file}:{lines[-1]}" if lines else str(file)
        told = error.args[0] if isinstance(error, KeyError) and error.args else error
        raise ValueError(f"{place}: {told}") from error
    if not text:
        raise ValueError(
            f"{file}: has no function page() that returns a Page; docs/tutorials/first-dashboard.md shows one"
        )
    wrong = problems(json.loads(text))
    if page.uid in addresses():
        wrong.append(f"uid {page.uid!r} is that of a dashboard that comes along; choose another")
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", page.uid):
        wrong.append(f"uid {page.uid!r} is no address; choose one of 1 to 40 letters, digits, - and _")
    if wrong:
        raise ValueError("\n".join(f"{file}: {one}" for one in wrong))
    return text


def _text(page: Page) -> str:
    return json.dumps(page.as_json(), indent=1, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 when a file differs, 2 when a page of one's own is wrong."""
    parser = argparse.ArgumentParser(prog="python -m edge.dashboards.build", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="Python file of a page of your own")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 when a file differs")
    options = parser.parse_args(arguments)
    if options.file is None:
        wanted = {FOLDER / place: text for place, text in built().items()} | {ALERTS: alerts()}
        files = [*FOLDER.glob("*/*.json"), *ALERTS.parent.glob("*.yaml")]
    else:
        target = options.file.with_suffix(".json")
        try:
            wanted = {target: own(options.file)}
        except ValueError as error:
            print(error, file=sys.stderr)
            return 2
        files = [target] if target.exists() else []
    there = {file: file.read_text(encoding="utf-8") for file in files}
    stale = sorted(file for file in wanted.keys() | there.keys() if wanted.get(file) != there.get(file))
    for file in stale:
        if options.check:
            print(
                f"{file}: differs from what is built; run {parser.prog} {options.file or ''}".rstrip(),
                file=sys.stderr,
            )
        elif file in wanted:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(wanted[file], encoding="utf-8")
            print(f"{file}: written")
        else:
            file.unlink()
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
