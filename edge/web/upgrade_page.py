"""A plant's upgrades: what each changes, how far it is in effect, and what its loops do."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from nicegui import ui

from edge.api.time_range import DAY, MINUTE, TimeRange, moment
from edge.api.upgrade_query import UpgradeQuery
from edge.loops import Loops
from edge.web.board import Boards
from edge.web.wording import local, state_mark, zone
from twin.model.declaration import Declaration

_DAYS = 1
_ROWS = 100
_EACH = 5  # loops of a kind that are told one by one
_STRENGTHS = (("Off", 0.0), ("Low", 1.0), ("Mid", 2.0), ("High", 3.0))
_KINDS = {"action": "did", "proposal": "would do", "effect": "came of it", "system": "told"}


class UpgradePage:
    """One visitor's page of one plant's upgrades; `utc_offset` places the plant's local time."""

    def __init__(self, boards: Boards, loops: Loops, declaration: Declaration, utc_offset: float) -> None:
        self.boards = boards
        self.declaration = declaration
        self.utc_offset = utc_offset
        self.upgrades = UpgradeQuery(boards.query, loops)
        self.parts: list[ui.html] = []

    async def build(self) -> None:
        """Lay out the page, filled with what is known already."""
        upgrades, actions = await asyncio.to_thread(self._read)
        plant = escape(self.declaration.plant, quote=True)
        with ui.element("div").classes("stack"):
            with ui.element("section").classes("panel").props('aria-label="Operator"'):
                ui.html(_operator_html(), sanitize=False)
            cards = ui.html(upgrades, sanitize=False).classes("part").props(f'data-plant="{plant}"')
            with ui.element("section").classes("panel").props('aria-label="Actions"'):
                ui.html("What the loops did in the last 24 hours", tag="h2", sanitize=False)
                self.parts = [
                    cards,
                    ui.html(actions, sanitize=False).classes("part scroll").props("tabindex=0"),
                ]

    async def tick(self) -> None:
        """Bring the page up to date; a plant that declared itself anew is loaded anew."""
        declarations = await asyncio.to_thread(self.boards.query.store.declarations)
        own = [one for one in declarations if one.plant == self.declaration.plant]
        if own and own[0].epoch != self.declaration.epoch:
            ui.navigate.reload()
            return
        for part, content in zip(self.parts, await asyncio.to_thread(self._read), strict=True):
            if part.content != content:
                part.content = content

    def _read(self) -> tuple[str, str]:
        declaration, query = self.declaration, self.boards.query
        key = (declaration.plant, declaration.epoch)
        upgrades = self.boards.kept((*key, "upgrades"), 0.9, lambda: self.upgrades.upgrades(declaration))
        now = query.clock_ms()
        span = TimeRange(now - _DAYS * DAY, now + MINUTE)
        actions = self.boards.kept(
            (*key, "actions"), 2.0, lambda: self.upgrades.actions(declaration, "", span)[:_ROWS]
        )
        return upgrades_html(upgrades), actions_html(actions, self.utc_offset)


def _operator_html() -> str:
    return (
        '<form class="inject" onsubmit="return false">'
        '<label><span class="key">Operator token</span>'
        '<input class="knob" type="password" id="fault-token" autocomplete="off" '
        'placeholder="content of the file operator"></label></form>'
        '<p class="note" id="fault-answer" role="status" aria-live="polite">'
        "Anybody may look; to switch an upgrade or let its loops act, enter the token, which is kept nowhere. "
        "The effect of an upgrade follows over its ramp, a month in "
        "the time that the line's tag upgrade_month says.</p>"
    )


def upgrades_html(upgrades: Sequence[Mapping[str, Any]]) -> str:
    """Draw a card for each upgrade."""
    if not upgrades:
        return '<p class="empty">This plant declares no upgrades.</p>'
    return f'<div class="cards faults">{"".join(map(_card, upgrades))}</div>'


def _card(upgrade: Mapping[str, Any]) -> str:
    key = escape(upgrade["key"], quote=True)
    title = escape(upgrade["title"], quote=True)
    changes = "".join(f"<li>{_change(change)}</li>" for change in upgrade["changes"])
    loops = "".join(f"<li>{told}</li>" for told in _loops(upgrade["loops"]))
    facts = f"<ul class='effects'>{changes}{loops}</ul>" if changes or loops else ""
    return (
        f'<section class="panel card fault-card" aria-label="{title}">'
        f'<div class="title"><div><h2>{escape(upgrade["title"])}</h2>'
        f'<p class="note small">{escape(upgrade["function"])} · {escape(upgrade["paradigm"])} · {key}</p></div>'
        f"{_state(upgrade)}</div><p>{escape(upgrade['mechanism'])}</p>{facts}"
        f'<p class="note small">{_cost(upgrade)} Source: {escape(upgrade["source"])}</p>'
        f'<div class="foot">{_switch(upgrade, key)}{_modes(upgrade, key)}</div></section>'
    )


def _state(upgrade: Mapping[str, Any]) -> str:
    wanted, effect = upgrade["wanted"], upgrade["effect"]
    if wanted is None or effect is None:
        return state_mark("unknown", "not told yet")
    if effect == wanted:
        return state_mark("run", _level(wanted)) if wanted else state_mark("off", "off")
    return state_mark("setup", f"{effect:.2f} on the way to {_level(wanted) if wanted else 'off'}")


def _level(strength: float) -> str:
    names = {value: name.lower() for name, value in _STRENGTHS}
    return names.get(strength, f"strength {strength:g}")


def _change(change: Mapping[str, Any]) -> str:
    name = escape(change["parameter"].replace("_", " "))
    baseline = change["baseline"]
    factors = (change["low"], change["mid"], change["high"])
    if baseline is None:
        return f"{name}: x {' / '.join(f'{factor:.3g}' for factor in factors)}"
    return f"{name}: {baseline:.4g} becomes {' / '.join(f'{factor * baseline:.4g}' for factor in factors)}"


def _loops(loops: Sequence[Mapping[str, Any]]) -> list[str]:
    """Tell each loop; of a kind with many, the tags of the first and how many are in which state."""
    told: list[str] = []
    for kind in dict.fromkeys(loop["kind"] for loop in loops):
        alike = [loop for loop in loops if loop["kind"] == kind]
        if len(alike) <= _EACH:
            told += map(_loop, alike)
            continue
        states = Counter(loop["status"].partition(",")[0] or "not running" for loop in alike)
        counts = ", ".join(f"{count} {escape(status)}" for status, count in states.most_common())
        seen, set_ = (escape(", ".join(alike[0][name])) for name in ("inputs", "outputs"))
        told.append(f"{len(alike)} x {escape(kind.replace('_', ' '))}, such as {seen} → {set_}: {counts}")
    return told


def _loop(loop: Mapping[str, Any]) -> str:
    kind = escape(loop["kind"].replace("_", " "))
    seen, set_ = (escape(", ".join(loop[name])) for name in ("inputs", "outputs"))
    status = escape(loop["status"]) or "not running"
    told = f"{kind}: {seen} → {set_}: {status}"
    if loop["value"] is not None and loop["status"]:
        told += f", output at {loop['value']:.4g}"
    if loop["fallbacks"]:
        told += f", {loop['fallbacks']} times back to the baseline"
    for proposal in loop["proposals"][:1]:
        told += f"; would set {proposal['value']:.4g}: {escape(proposal['reason'])}"
    return told


def _cost(upgrade: Mapping[str, Any]) -> str:
    ramp = upgrade["ramp_months"]
    return (
        f"{upgrade['one_off'] / 1e6:.2f} million CNY once, {upgrade['running'] / 1e6:.2f} a year; "
        f"ramp-in {ramp:g} months."
    )


def _switch(upgrade: Mapping[str, Any], key: str) -> str:
    if not upgrade["live"]:
        return '<span class="note small">takes effect with a start of the plant</span>'
    knobs = "".join(
        f'<button type="button" class="knob" data-upgrade="{key}" data-strength="{value:g}" '
        f'aria-pressed="{str(upgrade["wanted"] == value).lower()}">{name}</button>'
        for name, value in _STRENGTHS
    )
    return f'<div class="choice" role="group" aria-label="Strength of {key}">{knobs}</div>'


def _modes(upgrade: Mapping[str, Any], key: str) -> str:
    if not upgrade["loops"]:
        return ""
    knobs = "".join(
        f'<button type="button" class="knob" data-upgrade="{key}" data-mode="{mode}" '
        f'aria-pressed="{str(upgrade["mode"] == mode).lower()}">{name}</button>'
        for name, mode in (("Advises", "advisory"), ("Acts", "automatic"))
    )
    return f' <div class="choice" role="group" aria-label="Mode of the loops of {key}">{knobs}</div>'


def actions_html(actions: Sequence[Mapping[str, Any]], utc_offset: float) -> str:
    """List what loops did, proposed and effected, newest first."""
    if not actions:
        return '<p class="empty">No loop did or proposed anything.</p>'
    rows = "".join(
        f'<tr><td class="t">{local(moment(one["time"], 0, "time"), utc_offset, "%d %b %H:%M:%S")}</td>'
        f"<td>{escape(one['key'].replace('_', ' '))}</td><td>{escape(_KINDS.get(one['kind'], one['kind']))}</td>"
        f"<td>{escape(one['text'])}</td></tr>"
        for one in actions
    )
    head = "<th>Time</th><th>Upgrade</th><th>Loop</th><th>What and why</th>"
    return (
        f'<table class="list log"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        f'<p class="note small">The newest {_ROWS} of 24 hours; {zone(utc_offset)}.</p>'
    )
