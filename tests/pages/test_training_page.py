"""A drill as trainer and class see it: planned, joined, marked, hidden until its end, then the truth."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from edge.training.drill import Drill, Plan
from tests.edge.api_bench import TOKEN
from tests.pages.site import Site, Visit, visit
from tests.pages.test_accessibility import findings
from tests.pages.test_language import declared_texts, english

pytestmark = [pytest.mark.chromium, pytest.mark.xdist_group("pages")]


@dataclass
class Lesson:
    """A drill that runs: pages of the trainer and of a student's phone, and what moves the plant."""

    site: Site
    trainer: Page
    phone: Visit
    id: str

    def go_on(self, minutes: float) -> None:
        """Let schedule and plant go on; what the schedule sends reaches the plant."""
        assert self.site.schedule is not None
        step = self.site.schedule.step
        for _ in range(round(2 * minutes)):
            before = len(self.site.link.sent)
            with ThreadPoolExecutor(1) as beside:  # the browser's driver has a loop of its own here
                beside.submit(lambda: asyncio.run(step())).result()
            for command in self.site.link.sent[before:]:
                self.site.filler.run.write(command)
            self.site.filler.fill(0.5)


def test_class_plays_a_drill_on_its_pages(browser: Browser, site: Site, tmp_path: Path) -> None:
    """Planned and started by the trainer, joined and marked on a phone, hidden until its end, then the truth."""
    site.link.sent.clear()
    with (
        browser.new_context(viewport={"width": 1920, "height": 1080}) as desk,
        browser.new_context(viewport={"width": 390, "height": 800}, color_scheme="dark") as pocket,
    ):
        trainer = visit(desk, site, "/trainer").page
        expect(trainer.locator("#new-plant option")).to_have_count(1)
        trainer.click("#create")
        expect(trainer.locator("#new-answer")).to_contain_text("Enter the operator token first")
        trainer.fill("#trainer-token", "a-token-that-nobody-has")
        trainer.click("#create")
        expect(trainer.locator("#token-answer")).to_have_text("This token is not valid.")
        trainer.fill("#trainer-token", TOKEN)
        trainer.fill("#new-name", "Late <b>shift</b>")
        trainer.click("#create")
        expect(trainer.locator("#new-answer")).to_have_text("A name may not contain < or >.")
        trainer.fill("#new-name", "Late shift")
        trainer.fill("#new-length", "0.5")
        trainer.click("#create")
        expect(trainer.locator("#new-answer")).to_have_text("Length: at least 1 minute")
        trainer.fill("#new-length", "20")
        trainer.select_option("#new-kind", "chosen")
        after, lasts = trainer.locator(".plan-row input").all()
        after.fill("2")
        lasts.fill("19")
        trainer.click("#create")
        expect(trainer.locator("#new-answer")).to_contain_text("Cut at the end of the drill: Blunt die.")
        trainer.get_by_role("button", name="Withdraw").click()
        expect(trainer.locator(".drill-card .phase")).to_contain_text("withdrawn")
        gone = visit(
            pocket, site, "/drills/" + trainer.locator(".drill-card a").inner_text().rpartition("/")[2]
        )
        expect(gone.page.locator("#drill-answer")).to_have_text("This drill was withdrawn before it began.")
        expect(gone.page.locator("#drill-facts")).to_contain_text("withdrawn")
        assert gone.complaints == [], "it asks for no result"
        gone.page.close()
        lasts.fill("5")
        trainer.click("#create")
        expect(trainer.locator("#new-answer")).to_contain_text("Planned: Late shift")
        expect(trainer.locator(".drill-card")).to_have_count(2)
        address = trainer.locator(".drill-card a").first.inner_text()
        id_ = address.rpartition("/")[2]

        phone = visit(pocket, site, f"/drills/{id_}")
        student = phone.page
        lesson = Lesson(site, trainer, phone, id_)
        expect(student.locator("h1")).to_have_text("Late shift")
        expect(student.locator(".top a").last).to_have_text("Toy press line")
        expect(student.locator("#mark-panel")).to_be_hidden()
        expect(student.locator("#remaining-part")).to_contain_text("20 min 00 s")
        ways = student.locator(".ways a")
        assert [one.get_attribute("href") for one in ways.all()] == [
            f"/plants/toy_line{way}" for way in ("", "/events", "/faults")
        ]
        student.fill("#join-name", "Team & blue")
        student.click("#join")
        expect(student.locator("#drill-answer")).to_have_text("You take part as Team & blue.")
        expect(student.locator("#wait-panel")).to_be_visible()
        trainer.get_by_role("button", name="Start").click()
        expect(trainer.locator("#drills-answer")).to_contain_text("hidden from the class")
        expect(student.locator("#mark-panel")).to_be_visible()
        expect(student.locator("#drill-answer")).to_have_text("")
        expect(student.locator("#remaining-key")).to_have_text("Remaining")
        expect(trainer.locator("#new-answer")).to_have_text("")
        lesson.go_on(1)
        expect(student.locator("#mark")).to_be_disabled()
        student.select_option("#mark-unit", "op10")
        expect(student.locator("#mark")).to_be_disabled()
        student.select_option("#mark-fault", label="something else")
        student.click("#mark")
        expect(student.locator("#drill-answer")).to_contain_text("What it was worth is told after the end.")
        lesson.go_on(3)

        faults = visit(desk, site, "/plants/toy_line/faults").page
        expect(faults.locator(".fault-card .state")).to_have_text("hidden by a drill")
        expect(faults.locator("main")).to_contain_text("is shown after its end")
        plant = visit(desk, site, "/plants/toy_line").page
        expect(plant.locator(".fact", has_text="Newest data")).to_be_visible()
        expect(plant.locator(".fact", has_text="Faults")).to_have_count(0)
        expect(plant.locator("main")).to_contain_text("drill Late shift: begins")
        trainer.click("#truth summary")
        expect(trainer.locator("#truth-plan")).to_contain_text("struck")
        expect(trainer.locator("#later-list")).to_contain_text("There now: Blunt die.")

        student.select_option("#mark-unit", "op20")
        expect(student.locator("#mark-fault")).to_have_value("")
        student.select_option("#mark-fault", "blunt_die")
        student.select_option("#mark-since", "-1m")
        student.click("#mark")
        expect(student.locator("#drill-answer")).to_contain_text("What it was worth is told after the end.")
        expect(student.locator("#own-marks tbody tr")).to_have_count(2)
        expect(student.locator("#own-marks tbody tr").first).to_contain_text("Blunt die")
        expect(student.locator("#board")).to_contain_text("Team & blue (you)")
        expect(student.locator("#board")).not_to_contain_text("Points")
        expect(trainer.locator("#watch-board")).to_contain_text("Points")
        student.reload()
        expect(student.locator("#mark-panel")).to_be_visible()
        assert student.evaluate("document.documentElement.scrollWidth") <= 390

        lesson.go_on(17)
        expect(student.locator("#result-panel")).to_be_visible()
        expect(student.locator(".span-lane:not(.team) .sign")).to_have_text("◆"), "credited to one row alone"
        expect(student.locator(".span-lane.team .sign")).to_have_text(["✕", "◆"])
        ticks = student.locator(".axis.exact span").all_inner_texts()
        assert len(set(ticks)) == len(ticks) >= 3, "no time twice"
        assert all(int(tick[3:5]) % 5 == 0 for tick in ticks), "round times, every five minutes of twenty"
        finding = student.locator("table.findings tbody tr")
        expect(finding).to_contain_text("Blunt die")
        expect(finding).to_contain_text("named")
        expect(finding).to_contain_text("2 min 01 s")
        expect(finding).to_contain_text("1 min 01 s late")
        expect(student.locator("#board")).to_contain_text("Points")
        expect(faults.locator("table.log tbody tr").first).to_contain_text("Blunt die")
        assert student.evaluate("document.documentElement.scrollWidth") <= 390
        student.screenshot(path=tmp_path / "phone.png", full_page=True)
        trainer.screenshot(path=tmp_path / "trainer.png", full_page=True)
        assert [command.value for command in site.link.sent] == [1.0, 0.0]
        stored = trainer.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
        assert TOKEN not in stored
        assert (phone.complaints, phone.foreign) == ([], [])
        with browser.new_context(locale="zh-CN", viewport={"width": 1400, "height": 900}) as abroad:
            told = visit(abroad, site, f"/drills/{id_}").page
            (
                expect(told.locator(".span-lane.team .sign")).to_have_count(2),
                "marks are everybody's after the end",
            )
            expect(told.locator("table.class-board")).to_be_visible()
            expect(told.locator("table.findings")).to_be_visible()
            expect(told.locator("table.findings td").first).to_have_attribute("data-name", "故障")
            declared = declared_texts(site) | {"Late shift", "Team & blue"}
            assert english(told, declared) == []


def test_start_warns_of_another_fault_and_an_early_end_is_asked_for_once(
    browser: Browser, site: Site
) -> None:
    assert site.schedule is not None
    drills, now = site.schedule.drills, site.filler.run.now_ms
    fault = drills.plan("toy_line", Plan(key="blunt_die", after_s=600.0, duration_s=60.0), "test", now)
    drill = Drill(id="ab12", name="Not alone", plant="toy_line", by="test", created_ms=now, length_s=1200.0)
    drills.add(drill, [Plan(key="blunt_die", after_s=60.0, duration_s=60.0)])
    try:
        with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
            page = visit(context, site, "/trainer").page
            page.fill("#trainer-token", TOKEN)
            page.get_by_role("button", name="Start").click()
            expect(page.locator("#drills-answer")).to_contain_text("this strikes too: Blunt die at ")
            page.get_by_role("button", name="Watch").first.click()
            page.click("#truth summary")
            expect(page.locator("#truth-plan tbody tr")).to_have_count(2)
            expect(page.locator("#truth-plan")).to_contain_text("waiting, beside the drill")
            asked: list[str] = []
            page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
            page.get_by_role("button", name="End now").click()
            assert asked == ["End the drill now, for the whole class?"]
            assert drills.hidden() != {}
            page.once("dialog", lambda dialog: dialog.accept())
            page.get_by_role("button", name="End now").click()
            expect(page.locator("#drills-answer")).to_have_text("Not alone has ended; its faults are reset.")
            assert drills.hidden() == {}
    finally:
        drills.withdraw(fault.number, now)
        if drills.hidden():
            drills.end("ab12", now)


@pytest.mark.nodejs
@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_pages_of_a_drill_meet_level_aa(browser: Browser, site: Site, width: int, scheme: str) -> None:
    """Running with a mark of one's own, and ended with truth and points: judged by axe-core like every page."""
    assert site.schedule is not None
    drills, now = site.schedule.drills, site.filler.run.now_ms
    id_ = f"a{width:05x}"
    drill = Drill(id=id_, name="Judged", plant="toy_line", by="test", created_ms=now, length_s=3600.0)
    drills.add(drill, [Plan(key="blunt_die", after_s=3000.0, duration_s=60.0)])
    drills.start(id_, now - 60_000)
    who, token = drills.join(id_, "Judge", now)
    drills.mark(id_, who.number, now, now, "op20", "blunt_die")
    try:
        with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:  # type: ignore[arg-type]
            kept = json.dumps({"name": who.name, "token": token})
            context.add_init_script(f"sessionStorage.setItem('drill-{id_}', {json.dumps(kept)})")
            page = visit(context, site, f"/drills/{id_}").page
            expect(page.locator("#own-marks tbody tr")).to_have_count(1)
            assert findings(page) == []
            drills.end(id_, now)
            expect(page.locator("#result table.own tbody tr")).to_contain_text("false alarm")
            assert findings(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        if site.schedule.drills.hidden():
            drills.end(id_, now)


def test_drill_that_does_not_exist_says_so(browser: Browser, site: Site) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{site.url}/drills/none")
        expect(page.locator("h1")).to_have_text("There is no such drill")
