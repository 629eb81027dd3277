"""docs/how-to/write-an-upgrade.md, done as it is written: a plant with an upgrade that passes and can be compared."""

from pathlib import Path

import pytest

from tests.docs.fence import ROOT, fences
from tests.docs.shell import run

GUIDE = ROOT / "docs" / "how-to" / "write-an-upgrade.md"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_guide_gives_a_plant_with_an_upgrade(tmp_path: Path) -> None:
    blocks = list(fences(GUIDE))
    new, *commands = (block for block in blocks if block.run == "upgrade")
    imports, method = (
        next(block for block in blocks if block.title == title) for title in ("imports", "method")
    )
    told = [run(new.text, tmp_path)]
    file = tmp_path / "my_plants" / "workshop.py"
    text = file.read_text()
    text = text.replace("from twin import model\n", f"from twin import model\n{imports.text}", 1)
    file.write_text(text.rstrip() + "\n\n" + "".join(f"    {line}\n" for line in method.text.splitlines()))
    told += [run(block.text, tmp_path) for block in commands]
    checked_and_compared, nothing_moved = told[1:]
    assert "contract: kept" in checked_and_compared
    assert "Productivity" in checked_and_compared
    assert "0 % exactly" in nothing_moved
    assert (tmp_path / "results" / "workshop" / "result.json").exists()
