"""docs/tutorials/first-dashboard.md, done as it is written: built, found wrong where it says so, pushed to a double."""

import json
from pathlib import Path

from tests.docs.fence import ROOT, fences
from tests.docs.shell import run
from tests.edge.dashboards.grafana_double import EDITOR, serving

TUTORIAL = ROOT / "docs" / "tutorials" / "first-dashboard.md"
BLOCKS = list(fences(TUTORIAL))


def test_tutorial_gives_a_page_that_is_pushed_and_told_what_is_wrong_with_it(tmp_path: Path) -> None:
    """Every block in its order; what the two mistyped files are answered is what the tutorial shows."""
    (page,) = (block for block in BLOCKS if block.title)
    (tmp_path / page.title).write_text(page.text)
    (tmp_path / "grafana.token").write_text(EDITOR)
    shown = [block.text.strip() for block in BLOCKS if block.language == "text"]
    told = []
    with serving() as grafana:
        for block in BLOCKS:
            if block.run == "dashboard exit 2":
                *first, last = block.text.strip().splitlines()
                done = run("\n".join([*first, f"{last} && exit 1 || test $? = 2"]), tmp_path)
                told.append(done.strip())
                assert not (tmp_path / "wrong.json").exists()
            elif block.run:
                done = run(block.text.replace("http://127.0.0.1:3000", grafana.url), tmp_path)
                assert ("written" if block.run == "dashboard" else "new       My press") in done
        assert told == shown
        assert list(grafana.boards) == ["my-press"]
        assert grafana.places["my-press"] == "smart-factory-own"
        built = json.loads((tmp_path / "my_dashboard.json").read_text())
        assert [panel["title"] for panel in grafana.boards["my-press"]["panels"]] == [
            panel["title"] for panel in built["panels"]
        ]
