"""A drill through the API: planned, started, joined, marked, judged; who may what, and what is refused."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from edge.api import drill_answer as shape
from edge.api.access import Role
from edge.api.answer import Items
from edge.store.memory import MemoryStore
from tests.edge.api_bench import TOKENS, Bench, served
from tests.edge.filled_store import filled
from tests.edge.training.quiet_fault import KEY, OPERATOR, PLANT, begin, carry, quiet, run_on

VIEWER = {"Authorization": f"Bearer {TOKENS[Role.VIEWER]}"}
DRILLS = "/api/v1/drills"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with quiet() as found:
        yield found


async def join(bench: Bench, drill: str, name: str = "Team blue") -> dict[str, str]:
    found = await bench.client.post(f"{DRILLS}/{drill}/participants", json={"name": name})
    assert found.status_code == 201, found.text
    return {"Participant-Token": shape.JoinAnswer.model_validate(found.json()).token}


async def mark(bench: Bench, drill: str, token: dict[str, str], **body: Any) -> Any:
    return await bench.client.post(f"{DRILLS}/{drill}/marks", json={"unit": "lathe"} | body, headers=token)


async def test_drill_from_plan_to_result(bench: Bench) -> None:
    """Named after 5 min by one, found by another, missed by a third who cries wolf: delays, points, order."""
    drill = await begin(bench, 120.0)
    blue, red, green = [await join(bench, drill, name) for name in ("Blue", "Red", "Green")]
    assert (await mark(bench, drill, green)).status_code == 201, "a minute before it struck"
    await run_on(bench, 7.0)
    named = await mark(bench, drill, blue, fault=KEY, time="-240s")
    assert named.status_code == 201, named.text
    shape.MarkAnswer.model_validate(named.json())
    await run_on(bench, 1.0)
    await mark(bench, drill, red)
    own = Items[shape.MarkAnswer].model_validate(
        (await bench.client.get(f"{DRILLS}/{drill}/marks", headers=red)).json()
    )
    assert [(one.unit, one.fault) for one in own.items] == [("lathe", None)]
    during = shape.BoardAnswer.model_validate(await bench.get(f"{DRILLS}/{drill}/board"))
    assert [(one.name, one.marks_set, one.points) for one in during.items] == [
        ("Blue", 1, None), ("Red", 1, None), ("Green", 1, None),
    ]  # fmt: skip
    live = (await bench.client.get(f"{DRILLS}/{drill}/board", headers=OPERATOR)).json()
    assert live["items"][0]["name"] == "Blue"
    await run_on(bench, 13.0)
    ended = shape.DrillAnswer.model_validate(await bench.get(f"{DRILLS}/{drill}"))
    assert (ended.phase, ended.participants, ended.marks) == ("ended", 3, 3)
    result = shape.ResultAnswer.model_validate(await bench.get(f"{DRILLS}/{drill}/result"))
    (truth,) = result.truth
    assert (truth.key, truth.unit) == (KEY, "lathe")
    assert [row.name for row in result.rows] == ["Blue", "Red", "Green"]
    assert [row.findings[0].outcome for row in result.rows] == ["named", "found", "missed"]
    first = result.rows[0].findings[0]
    assert first.delay_s == pytest.approx(300.0, abs=5.0)
    assert first.error_s == pytest.approx(60.0, abs=5.0)
    assert first.points == pytest.approx(100.0 - 2.0 * 5.0, abs=0.3), "a fault of no effect loses nothing"
    assert result.rows[2].points == 0.0
    assert [one.verdict for one in result.rows[2].marks] == ["false alarm"]
    assert (result.reference, result.no_reference) == (
        None, "losses are not told: the line made nothing in the reference period"
    )  # fmt: skip
    plan = shape.PlanAnswer.model_validate(await bench.get(f"{DRILLS}/{drill}/plan"))
    assert [(one.key, one.progress, one.told) for one in plan.faults] == [(KEY, "over", "")]
    (listed,) = Items[shape.DrillAnswer].model_validate(await bench.get(DRILLS)).items
    assert listed == ended
    assert [command.value for command in bench.link.sent] == [1.0, 0.0]


async def test_losses_are_those_of_the_telemetry_until_the_fault_was_found() -> None:
    """Half of the panels are scrapped: what each has lost is what the line itself counted, less its usual share."""
    store, filler = filled(120)
    assert isinstance(store, MemoryStore)
    line, last = filler.run.line.units[0], filler.run.line.units[-1]
    fault = filler.run.line.faults[0]
    fault._strike, fault._mend = lambda: last._set_scrap(0.5), lambda: last._set_scrap(0.03)  # type: ignore[attr-defined]
    async with served(store, filler) as bench:
        carry(bench)
        plan = {"name": "Die", "plant": "toy_line", "length_s": 3600, "reference_min": 90,
                "faults": [{"key": "blunt_die", "after_s": 60, "duration_s": 3000}]}  # fmt: skip
        drill = (await bench.client.post(DRILLS, json=plan, headers=OPERATOR)).json()["id"]
        await bench.client.post(f"{DRILLS}/{drill}/start", headers=OPERATOR)
        soon, late = await join(bench, drill, "Soon"), await join(bench, drill, "Late")
        await run_on(bench, 1.0)
        begin_counts = (line.processed, line.scrapped)
        counted = []
        for minutes, token in ((10.0, soon), (20.0, late)):
            await run_on(bench, minutes)
            marked = await mark(bench, drill, token, unit="op20", fault="blunt_die")
            assert marked.status_code == 201, marked.text
            counted.append((line.processed - begin_counts[0], line.scrapped - begin_counts[1]))
        await run_on(bench, 31.0)
        found = shape.ResultAnswer.model_validate(await bench.get(f"{DRILLS}/{drill}/result"))
        usual = found.reference
        assert usual is not None
        assert usual.minutes == 90
        assert [row.name for row in found.rows] == ["Soon", "Late"]
        for row, (processed, scrapped) in zip(found.rows, counted, strict=True):
            (one,) = row.findings
            assert one.scrap == pytest.approx(scrapped - processed * usual.reject_share, abs=3.0)
            assert (row.scrap, row.kwh) == (one.scrap, one.kwh)
            assert one.scrap_within is not None
            assert one.scrap is not None
            assert one.scrap > one.scrap_within > 0.0
        assert found.rows[1].scrap > found.rows[0].scrap + 5  # type: ignore[operator]


@pytest.mark.parametrize(
    ("change", "status", "expected"),
    [
        ({"plant": "nowhere"}, 404, "known plants: quiet"),
        ({"faults": []}, 422, "give faults or a surprise"),
        ({"surprise": {"count": 1}}, 422, "give faults or a surprise"),
        ({"faults": [], "surprise": {"count": 2, "seed": 1}}, 422, "has 1 faults that show soon enough"),
        ({"faults": [{"key": "rust", "after_s": 1, "duration_s": 60}]}, 422, "it has: hidden_crack"),
        ({"faults": [{"key": KEY, "after_s": 1200, "duration_s": 60}]}, 422, "is over"),
        ({"faults": [{"key": KEY, "after_s": -1, "duration_s": 60}]}, 422, "after_s"),
        ({"length_s": 59}, 422, "length_s"),
        ({"length_s": 1e9}, 422, "length_s"),
        ({"name": " "}, 422, "name"),
        ({"name": "<b>"}, 422, "body.name: A name may not contain < or >"),
        ({"more": 1}, 422, "more"),
    ],
)
async def test_drill_that_cannot_be_is_refused(
    bench: Bench, change: dict[str, Any], status: int, expected: str
) -> None:
    plan = {"name": "Night", "plant": PLANT, "length_s": 600,
            "faults": [{"key": KEY, "after_s": 60, "duration_s": 60}]}  # fmt: skip
    found = await bench.client.post(DRILLS, json=plan | change, headers=OPERATOR)
    assert (found.status_code, expected in found.text) == (status, True), found.text
    assert bench.schedule.drills.drills() == []


async def test_same_seed_is_the_same_surprise_and_shown_to_operators_only(bench: Bench) -> None:
    ids = []
    for _ in range(2):
        plan = {"name": "S", "plant": PLANT, "length_s": 600, "surprise": {"count": 1, "seed": 5}}
        made = await bench.client.post(DRILLS, json=plan, headers=OPERATOR)
        assert "seed" not in made.json()
        ids.append(made.json()["id"])
    told = [(await bench.client.get(f"{DRILLS}/{id_}/plan", headers=OPERATOR)).json() for id_ in ids]
    assert [(one["seed"], one["faults"][0]["after_s"]) for one in told] == [
        (5, told[0]["faults"][0]["after_s"])
    ] * 2
    for path in ("plan", "result"):
        for headers in ({}, VIEWER):
            assert (await bench.client.get(f"{DRILLS}/{ids[0]}/{path}", headers=headers)).status_code == 403


async def test_drill_begins_only_on_a_plant_that_is_up_to_date_and_without_a_fault(bench: Bench) -> None:
    drill = await begin(bench, 60.0)
    await run_on(bench, 2.0)
    await bench.client.delete(f"{DRILLS}/{drill}", headers=OPERATOR)
    plan = {"name": "Next", "plant": PLANT, "length_s": 600, "surprise": {"count": 1}}
    follower = (await bench.client.post(DRILLS, json=plan, headers=OPERATOR)).json()["id"]
    found = await bench.client.post(f"{DRILLS}/{follower}/start", headers=OPERATOR)
    assert (found.status_code, "hidden_crack of plant quiet is active" in found.text) == (409, True)
    reset = await bench.client.delete(f"/api/v1/plants/{PLANT}/faults", headers=OPERATOR)
    assert (reset.status_code, reset.json()["keys"]) == (202, [KEY])
    await run_on(bench, 1.0)
    assert (await bench.client.post(f"{DRILLS}/{follower}/start", headers=OPERATOR)).status_code == 200
    again = await bench.client.post(f"{DRILLS}/{follower}/start", headers=OPERATOR)
    assert (again.status_code, "is running, not planned" in again.text) == (409, True)
    bench.query.clock_ms = lambda: bench.filler.run.now_ms + 120_000
    late = (await bench.client.post(DRILLS, json=plan, headers=OPERATOR)).json()["id"]
    found = await bench.client.post(f"{DRILLS}/{late}/start", headers=OPERATOR)
    assert (found.status_code, "fills its history still" in found.text) == (409, True)


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ({"unit": "mill"}, 404, "unit 'mill' is unknown"),
        ({"fault": "rust"}, 422, "it has: hidden_crack, or null for something else"),
        ({"unit": "line", "fault": KEY}, 422, "is a fault of lathe, not of line"),
        ({"time": "-10m"}, 422, "between the drill's beginning and now"),
        ({"time": "2030-01-01T00:00:00Z"}, 422, "between the drill's beginning and now"),
        ({"time": "soon"}, 422, "is no moment"),
        ({"value": 1}, 422, "value"),
    ],
)
async def test_mark_that_cannot_be_is_refused(
    bench: Bench, body: dict[str, Any], status: int, expected: str
) -> None:
    drill = await begin(bench, 600.0)
    token = await join(bench, drill)
    await run_on(bench, 1.0)
    found = await mark(bench, drill, token, **body)
    assert (found.status_code, expected in found.text) == (status, True), found.text
    assert bench.schedule.drills.marks(drill) == []


async def test_marks_are_not_set_faster_than_one_can_think(bench: Bench) -> None:
    drill = await begin(bench, 600.0)
    token = await join(bench, drill)
    answers = [await mark(bench, drill, token) for _ in range(12)]
    assert [one.status_code for one in answers] == [201] * 10 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) >= 1
    other = await join(bench, drill, "Red")
    assert (await mark(bench, drill, other)).status_code == 201


@pytest.mark.parametrize("name", ["", "   ", "x" * 31, "a\nb", "<script>", "a\x00", "\u202eabc", "\u200b"])
async def test_name_is_bounded(bench: Bench, name: str) -> None:
    drill = await begin(bench, 600.0)
    found = await bench.client.post(f"{DRILLS}/{drill}/participants", json={"name": name})
    assert found.status_code == 422, found.text


async def test_mark_needs_the_token_of_this_drill(bench: Bench) -> None:
    drill = await begin(bench, 600.0)
    for headers in ({}, {"Participant-Token": "guess"}, OPERATOR):
        found = await bench.client.post(
            f"{DRILLS}/{drill}/marks", json={"unit": "lathe"}, headers=dict(headers)
        )
        assert found.status_code in (401, 422), found.text
    assert (await bench.client.post(f"{DRILLS}/none/participants", json={"name": "A"})).status_code == 404


async def test_foreign_page_cannot_join_by_a_form(bench: Bench) -> None:
    """What a browser sends across sites without asking first, text or a form, is no request to join."""
    drill = await begin(bench, 600.0)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        found = await bench.client.post(
            f"{DRILLS}/{drill}/participants", content=b'{"name": "A"}', headers={"Content-Type": kind}
        )
        assert found.status_code == 422, found.text
    assert bench.schedule.drills.participants(drill) == []


async def test_class_needs_the_viewers_token_where_reading_does() -> None:
    store, filler = filled(5)
    assert isinstance(store, MemoryStore)
    async with served(store, filler, open_reading=False) as bench:
        path = f"{DRILLS}/none/participants"
        assert (await bench.client.post(path, json={"name": "A"})).status_code == 401
        assert (await bench.client.post(path, json={"name": "A"}, headers=VIEWER)).status_code == 404


async def test_planned_fault_is_listed_struck_and_withdrawn(bench: Bench) -> None:
    base = f"/api/v1/plants/{PLANT}/schedule"
    body = {"key": KEY, "after_s": 60, "duration_s": 600}
    made = await bench.client.post(base, json=body, headers=OPERATOR)
    assert made.status_code == 201, made.text
    number = shape.PlannedFaultAnswer.model_validate(made.json()).number
    await run_on(bench, 2.0)
    (listed,) = (
        Items[shape.PlannedFaultAnswer]
        .model_validate((await bench.client.get(base, headers=OPERATOR)).json())
        .items
    )
    assert (listed.number, listed.progress) == (number, "struck")
    taken = await bench.client.delete(f"{base}/{number}", headers=OPERATOR)
    assert taken.status_code == 200, taken.text
    await run_on(bench, 0.5)
    assert [command.value for command in bench.link.sent] == [1.0, 0.0]
    assert (await bench.client.delete(f"{base}/{number}", headers=OPERATOR)).status_code == 409
    assert (await bench.client.delete(f"{base}/99", headers=OPERATOR)).status_code == 404
    assert (await bench.client.post(base, json=body | {"key": "rust"}, headers=OPERATOR)).status_code == 404
    assert (await bench.client.get(base, headers=VIEWER)).status_code == 403
    actions = [(one.action, one.target) for one in bench.audit.page()]
    assert ("fault planned", KEY) in actions
    assert ("fault withdrawn", KEY) in actions


async def test_cancelled_before_it_began_has_no_result(bench: Bench) -> None:
    plan = {"name": "Never", "plant": PLANT, "length_s": 600, "surprise": {"count": 1}}
    drill = (await bench.client.post(DRILLS, json=plan, headers=OPERATOR)).json()["id"]
    found = await bench.client.delete(f"{DRILLS}/{drill}", headers=OPERATOR)
    assert (found.status_code, found.json()["phase"], found.json()["cancelled"]) == (200, "ended", True)
    assert (await bench.client.get(f"{DRILLS}/{drill}/result")).status_code == 409
    assert (await bench.get(f"{DRILLS}/{drill}/board"))["items"] == []
    assert (await bench.client.delete(f"{DRILLS}/{drill}", headers=OPERATOR)).status_code == 409


async def test_fault_struck_by_hand_during_a_drill_is_truth_too(bench: Bench) -> None:
    drill = await begin(bench, 900.0)
    await run_on(bench, 1.0)
    await bench.client.post(f"/api/v1/plants/{PLANT}/faults/{KEY}", headers=OPERATOR)
    await run_on(bench, 3.0)
    found = (await bench.client.get(f"{DRILLS}/{drill}/result", headers=OPERATOR)).json()
    assert [one["key"] for one in found["truth"]] == [KEY]


async def test_start_warns_of_what_strikes_beside_the_drill(bench: Bench) -> None:
    """Planned by the edge, pending at the plant, or too late to matter: the first two are told and listed."""
    schedule = f"/api/v1/plants/{PLANT}/schedule"
    for after in (300, 5000):
        planned = {"key": KEY, "after_s": after, "duration_s": 60}
        assert (await bench.client.post(schedule, json=planned, headers=OPERATOR)).status_code == 201
    asked = {"when": "lathe/dimension > 900"}
    fault = f"/api/v1/plants/{PLANT}/faults/{KEY}"
    assert (await bench.client.post(fault, json=asked, headers=OPERATOR)).status_code == 202
    bench.filler.fill(0.5)
    plan = {"name": "Night", "plant": PLANT, "length_s": 1200,
            "faults": [{"key": KEY, "after_s": 900, "duration_s": 60}]}  # fmt: skip
    drill = (await bench.client.post(DRILLS, json=plan, headers=OPERATOR)).json()["id"]
    started = await bench.client.post(f"{DRILLS}/{drill}/start", headers=OPERATOR)
    told = shape.StartAnswer.model_validate(started.json())
    assert [(one.key, one.title, one.due is None, one.when) for one in told.beside] == [
        (KEY, "Hidden crack", True, "lathe/dimension > 900"), (KEY, "Hidden crack", False, ""),
    ]  # fmt: skip
    for minutes, expected in (
        (2.0, ["waiting", "waiting"]),
        (5.0, ["over"]),
    ):  # its reset withdraws what is pending
        await run_on(bench, minutes)
        listed = await bench.client.get(f"{DRILLS}/{drill}/plan", headers=OPERATOR)
        during = shape.PlanAnswer.model_validate(listed.json())
        assert ([one.progress for one in during.beside], len(during.faults)) == (expected, 1)
    await bench.client.delete(f"{DRILLS}/{drill}", headers=OPERATOR)
    after = shape.PlanAnswer.model_validate(await bench.get(f"{DRILLS}/{drill}/plan"))
    assert [one.progress for one in after.beside] == ["over"]


async def test_mark_is_credited_to_the_fault_that_it_found(bench: Bench) -> None:
    drill = await begin(bench, 60.0)
    blue = await join(bench, drill)
    await mark(bench, drill, blue, unit="line")
    await run_on(bench, 3.0)
    await mark(bench, drill, blue, fault=KEY)
    found = await bench.client.get(f"{DRILLS}/{drill}/result", headers=OPERATOR)
    (row,) = shape.ResultAnswer.model_validate(found.json()).rows
    assert [(one.verdict, one.credited) for one in row.marks] == [("false alarm", None), ("named", 0)]
