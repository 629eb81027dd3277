"""Python of the documents runs: as a doctest, in the test that its comment or title names, or here as it stands."""

import doctest
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import simpy

from tests.docs.fence import Fence, documents, fences
from twin import model
from twin.model.fault import Effect, Fault
from twin.model.streams import Streams

ELSEWHERE = {
    "my_plants/bakery.py": "tests/test_tutorial.py",
    "my_dashboard.py": "test_first_dashboard.py",
    "imports": "test_upgrade_guide.py",
    "method": "test_upgrade_guide.py",
}
BLOCKS = [fence for file in documents() for fence in fences(file) if fence.language in {"python", "py"}]


def surroundings(fence: Fence) -> dict[str, Any]:
    """Return the names that a part of a plant's file is written with; everything else is in the block."""
    if fence.file.name != "faults.md":
        return {}
    station = model.Station(
        simpy.Environment(), Streams(1), "transfer", cycle=model.Cycle(mean=5.0, cv=0.1), places=1, buffer=0
    )
    set_leak: Callable[..., None] = lambda *_: None  # noqa: E731
    return {"unit": station, "Fault": Fault, "Effect": Effect, "partial": partial, "set_leak": set_leak}


@pytest.mark.parametrize("fence", BLOCKS, ids=lambda fence: fence.place)
def test_block_runs(fence: Fence) -> None:
    """What needs a demo, or is a file of a tutorial, is compiled here and run by the test that is named for it."""
    code = compile(fence.text, fence.place, "exec") if ">>>" not in fence.text else None
    if code is None:
        found = doctest.DocTestParser().get_doctest(fence.text, {}, fence.place, None, fence.line)
        assert doctest.DocTestRunner().run(found).failed == 0
    elif fence.run != "live" and fence.title not in ELSEWHERE:
        names = surroundings(fence)
        exec(code, names)
        if "unit" in names:
            assert [fault.key for fault in names["unit"].faults] == ["vacuum_leak"]


def test_every_block_is_known_by_what_runs_it() -> None:
    """Refused: a comment that no test carries out, words behind a fence that the site's generator cannot read."""
    runs = {"live", "background", "slow", "upgrade", "demo", "exit 2", ""}
    wrong = [
        fence.place
        for file in documents()
        for fence in fences(file)
        if not (fence.run in runs or re.fullmatch(r"class at \d+|dashboard( exit 2| push)?", fence.run))
        or (fence.words and not fence.title)
    ]
    assert wrong == []
    assert {fence.title for fence in BLOCKS} - {""} == set(ELSEWHERE)
