"""The cards of upgrades: what changes, what is in effect, what loops do."""

from typing import Any

from edge.web.upgrade_page import actions_html, upgrades_html


def loop(number: int, status: str = "acts") -> dict[str, Any]:
    return {
        "kind": "predictive_maintenance", "inputs": [f"op{number}/vibration"], "outputs": [f"op{number}/service_drive"],
        "status": status, "value": 1.0, "baseline": 0.0, "objective": None, "fallbacks": 0, "proposals": [],
    }  # fmt: skip


def upgrade(**fields: Any) -> dict[str, Any]:
    return {
        "key": "smed", "title": "Die <change>", "paradigm": "networked", "function": "planning", "mechanism": "Faster.",
        "changes": [{"parameter": "changeover", "low": 0.7, "mid": 0.5, "high": 0.3, "baseline": 18.0}], "loops": [],
        "one_off": 2e6, "running": 5e4, "ramp_months": 6.0, "source": "8.6", "live": True, "wanted": 0.0, "effect": 0.0,
        "mode": "advisory",
    } | fields  # fmt: skip


def test_card_tells_values_and_escapes_what_a_plant_says() -> None:
    card = upgrades_html([upgrade()])
    assert "changeover: 18 becomes 12.6 / 9 / 5.4" in card
    assert "Die &lt;change&gt;" in card
    assert "<change>" not in card
    assert "2.00 million CNY once, 0.05 a year; ramp-in 6 months" in card


def test_effect_on_its_way_is_told() -> None:
    assert "1.25 on the way to mid" in upgrades_html([upgrade(wanted=2.0, effect=1.25)])
    assert "0.50 on the way to off" in upgrades_html([upgrade(wanted=0.0, effect=0.5)])
    assert "not told yet" in upgrades_html([upgrade(wanted=None, effect=None)])


def test_upgrade_that_needs_a_start_has_no_switch() -> None:
    card = upgrades_html([upgrade(live=False)])
    assert "takes effect with a start of the plant" in card
    assert "data-strength" not in card


def test_many_loops_of_a_kind_are_summed_up() -> None:
    few = upgrades_html([upgrade(loops=[loop(1), loop(2)])])
    assert few.count("op1/vibration → op1/service_drive: acts, output at 1") == 1
    many = upgrades_html(
        [upgrade(loops=[loop(n) for n in range(20)] + [loop(20, "baseline, data are 99 s old")])]
    )
    assert (
        "21 x predictive maintenance, such as op0/vibration → op0/service_drive: 20 acts, 1 baseline" in many
    )


def test_no_action_is_told_as_such() -> None:
    assert "No loop did or proposed anything." in actions_html([], 8.0)
