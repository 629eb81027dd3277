"""Comparisons from the page: a program of its own, one at a time, followed, cancelled, kept."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from edge.comparison import AlreadyRunning, Asked, Comparisons, Stage
from edge.store.memory import MemoryStore
from tests.edge.api_bench import TOKEN, Bench
from tests.edge.drifting import KEY, drifting
from tests.edge.filled_store import Filler, filled
from tests.edge.waiting import until

ASKED = Asked(plant="toy", model="toy", upgrades=("a=high", "b"), days=0.5)
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


def program(text: str) -> tuple[str, ...]:
    """Return a stand-in for `twin`: `folder` is where the result goes, `tell` tells a step."""
    begin = (
        "import json, pathlib, sys, time; folder = pathlib.Path(sys.argv[sys.argv.index('--output') + 1])\n"
        "def tell(**step): print(json.dumps(step), file=sys.stderr, flush=True)\n"
    )
    return (sys.executable, "-c", begin + text)


def folders(place: Path) -> list[str]:
    return [file.name for file in place.iterdir()]


@pytest.fixture(scope="module")
def line() -> tuple[MemoryStore, Filler]:
    store = MemoryStore()
    filled(10, store=store)  # a plant without upgrades beside it
    return store, Filler(drifting(), store)


GOOD = "tell(step='runs', done=3, of=8); (folder / 'result.json').write_text(json.dumps(sys.argv[1:]))"


async def ended(comparisons: Comparisons, key: str) -> Stage:
    """Return the stage that a comparison ended in."""
    await until(lambda: (one := comparisons.get(key)) and one.stage is not Stage.RUNNING)
    found = comparisons.get(key)
    assert found is not None
    return found.stage


async def test_result_progress_and_request_are_kept_over_a_restart(tmp_path: Path) -> None:
    comparisons = Comparisons(tmp_path, program(GOOD), clock_ms=lambda: 5)
    begun = await comparisons.start(ASKED, "operator")
    assert await ended(comparisons, begun.id) is Stage.DONE
    again = Comparisons(tmp_path)
    found = again.get(begun.id)
    assert found is not None
    assert (found.asked, found.who, found.stage, found.step, found.done, found.of) == (
        ASKED, "operator", Stage.DONE, "runs", 3, 8,
    )  # fmt: skip
    told = again.result(begun.id)
    assert told[:2] == ["compare", "toy"]
    assert told[told.index("--upgrades") + 1] == "a=high,b"
    assert told[told.index("--days") + 1] == "0.5"


async def test_one_at_a_time_and_cancelled_with_all_it_started(tmp_path: Path) -> None:
    child = "import subprocess; subprocess.Popen(['sleep', '300']); tell(step='runs', done=0, of=2); time.sleep(300)"
    comparisons = Comparisons(tmp_path, program(child))
    begun = await comparisons.start(ASKED, "operator")
    await until(lambda: comparisons.all()[0].of == 2)
    with pytest.raises(AlreadyRunning, match="toy is being compared"):
        await comparisons.start(ASKED, "admin")
    assert not await comparisons.cancel("another")
    assert await comparisons.cancel(begun.id)
    assert comparisons.all()[0].stage is Stage.CANCELLED
    assert comparisons.result(begun.id) is None


async def test_failure_tells_the_programs_own_words(tmp_path: Path) -> None:
    comparisons = Comparisons(tmp_path, program("sys.exit('no plant of this name')"))
    begun = await comparisons.start(ASKED, "operator")
    assert await ended(comparisons, begun.id) is Stage.FAILED
    assert comparisons.all()[0].detail == "no plant of this name"


async def test_edge_that_ends_ends_it_and_the_next_one_says_so(tmp_path: Path) -> None:
    comparisons = Comparisons(tmp_path, program("time.sleep(300)"))
    begun = await comparisons.start(ASKED, "operator")
    interrupted = Comparisons(tmp_path).get(begun.id)  # as after a kill
    assert interrupted is not None
    assert (interrupted.stage, interrupted.detail) == (
        Stage.FAILED,
        "the edge ended before it; start it again",
    )
    await comparisons.close()
    assert Comparisons(tmp_path).all()[0].stage is Stage.CANCELLED


async def test_only_the_newest_are_kept_and_a_damaged_one_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.comparison.KEPT", 2)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "comparison.json").write_text("{")
    time_ms = iter(range(100))
    comparisons = Comparisons(tmp_path, program(GOOD), clock_ms=lambda: next(time_ms))
    keys = []
    for _ in range(3):
        keys.append((await comparisons.start(ASKED, "operator")).id)
        await ended(comparisons, keys[-1])
        await asyncio.sleep(0)
    assert [one.id for one in comparisons.all()] == keys[:0:-1]
    assert sorted(folders(tmp_path)) == sorted([*keys[1:], "old"])


async def test_api_starts_lists_and_refuses(bench: Bench) -> None:
    """A wrong key, level or waterfall is named, and a plant that has nothing to compare."""
    place = "/api/v1/comparisons"

    async def ask(status: int, **body: object) -> dict[str, object]:
        found = await bench.client.post(place, json={"plant": "drifting"} | body, headers=HEADERS)
        assert found.status_code == status, found.text
        told: dict[str, object] = found.json()
        return told

    assert "'x' is none of drifting" in str((await ask(422, upgrades=["x"]))["detail"])
    assert "at least 2 replications" in str((await ask(422, waterfall=1))["detail"])
    assert "is unknown" in str((await ask(404, plant="nobody"))["detail"])
    assert "no upgrades" in str((await ask(409, plant="toy_line"))["detail"])
    assert "the level is" in str((await ask(422, upgrades=[f"{KEY}=huge"]))["detail"])
    begun = await ask(202)
    key = str(begun["id"])
    await until(lambda: bench.comparisons.all()[0].stage is Stage.DONE)
    assert (await bench.get(place))["items"][0]["id"] == key
    assert (await bench.get(f"{place}/{key}"))["stage"] == "done"
    assert "has no result" in (await bench.get(f"{place}/{key}/result", 409))["detail"]
    assert (await bench.client.delete(f"{place}/{key}", headers=HEADERS)).status_code == 409
    (bench.comparisons._folder / key / "result.json").write_text(json.dumps({"nothing_moved": True}))
    assert await bench.get(f"{place}/{key}/result") == {"nothing_moved": True}
    assert [deed.action for deed in bench.audit.page(limit=5)] == ["cancel comparison", "comparison"]
