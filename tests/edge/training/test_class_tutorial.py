"""The tutorial of the class is played as it is written: its commands, at the minutes that it names."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.api import drill_answer as shape
from edge.store.memory import MemoryStore
from plants.stamping import Stamping
from tests.docs.fence import fences
from tests.edge.api_bench import TOKEN, Bench
from tests.edge.filled_store import Filler
from tests.edge.training.quiet_fault import carry, run_on
from tests.robustness.rest_site import listening_beside
from twin.model.simulation import Simulation

TUTORIAL = Path(__file__).parents[3] / "docs" / "tutorials" / "class-of-90-minutes.md"
START = datetime(2026, 1, 30, 0, 0, tzinfo=UTC)  # a working morning at the plant
DONE = "block-done"


class Shell:
    """One shell in which the blocks are typed, so that what one sets the next ones know."""

    def __init__(self, folder: Path) -> None:
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "no_proxy": "*",
        }
        self._process = subprocess.Popen(
            ["bash", "-e"], cwd=folder, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )  # fmt: skip

    def type(self, block: str) -> str:
        """Run a block; return what it printed. A command that fails ends the shell."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{block}\necho; echo {DONE}\n")
        self._process.stdin.flush()
        printed = ""
        for line in self._process.stdout:
            if line.strip() == DONE:
                return printed
            printed += line
        raise AssertionError(f"this block failed:\n{block}\n{printed}")

    def end(self) -> None:
        """End the shell."""
        self._process.communicate(timeout=10)


@pytest.mark.slow
def test_class_is_played_by_the_commands_of_the_tutorial(tmp_path: Path) -> None:
    """Team blue names the cushion after 2 min, Team red the vacuum; the fault together is over before the drill."""
    store = MemoryStore()
    filler = Filler(Simulation(Stamping(), seed=1, start=START, epoch=1), store)
    filler.fill(60.0)
    begin_ms = filler.run.now_ms
    secrets = tmp_path / "var" / "secrets"
    secrets.mkdir(parents=True)
    (secrets / "operator").write_text(TOKEN)
    found = [
        (fence.run.removeprefix("class at "), fence.text)
        for fence in fences(TUTORIAL)
        if fence.run.startswith("class at ")
    ]
    assert len(found) == 9
    printed: list[str] = []
    with listening_beside((store, filler)) as (address, beside):

        async def prepare(bench: Bench) -> None:
            bench.link.status.plant = "stamping"
            carry(bench)

        async def go_on(bench: Bench) -> None:
            await run_on(bench, minute - (filler.run.now_ms - begin_ms) / 60_000)

        beside(prepare)
        shell = Shell(tmp_path)
        try:
            for at, block in found:
                minute = float(at)
                beside(go_on)
                printed.append(shell.type(block.replace("http://127.0.0.1:8000", address)))
        finally:
            shell.end()
    board = json.loads(printed[5].strip().splitlines()[-1].rpartition("}{")[2].join(("{", "")))
    assert [row["marks_set"] for row in board["items"]] == [1, 1]
    assert {row["points"] for row in board["items"]} == {None}
    text = printed[7]
    end = text.rindex("\n}") + 2
    result = shape.ResultAnswer.model_validate(json.loads(text[:end]))
    assert [one.key for one in result.truth] == ["cushion_leak", "vacuum_leak"]
    outcomes = {row.name: [one.outcome for one in row.findings] for row in result.rows}
    assert outcomes == {"Team blue": ["named", "missed"], "Team red": ["missed", "named"]}
    final = shape.BoardAnswer.model_validate(json.loads(text[end:]))
    assert not final.hidden
    assert [row.name for row in final.items] == [row.name for row in result.rows]
    blue = next(row for row in result.rows if row.name == "Team blue")
    assert blue.findings[0].delay_s == pytest.approx(120.0, abs=5.0)
    assert blue.findings[0].scrap is not None
    assert result.reference is not None
    assert result.reference.minutes == 23, (
        "of thirty minutes those of the fault together, and of what it left, are out"
    )
    red = next(row for row in result.rows if row.name == "Team red")
    assert [mark.verdict for mark in red.marks] == ["false alarm", "named"]
