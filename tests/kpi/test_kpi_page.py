"""docs/kpi.md lists every figure as it is computed: name, unit, formula; nothing is missing, nothing invented."""

import re
from pathlib import Path

from twin.kpi.catalogue import figures

PAGE = (
    (Path(__file__).parents[2] / "docs" / "kpi.md")
    .read_text()
    .partition("## Figures\n")[2]
    .partition("\n## ")[0]
)
ROW = re.compile(r"^\| `([\w/]+)` \| ([^|]*) \| ([^|]*) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def test_page_lists_every_figure_with_unit_and_formula() -> None:
    told = {name: (unit.replace("-", ""), formula) for name, unit, formula, _, _ in ROW.findall(PAGE)}
    assert told == {name: (one.unit, one.formula) for name, one in figures({}).items()}


def test_every_figure_names_a_source_that_the_page_explains() -> None:
    known = set(re.findall(r"^\| (I|N|C|own) \| ", PAGE, re.MULTILINE)) | {"physics"}
    cited = {source.split(",")[0].strip() for *_, source in ROW.findall(PAGE)}
    assert cited == known
