"""The trainer's page and the class's: their frames; what fills them is asked of the API by trainer.js and drill.js."""

from html import escape
from urllib.parse import quote

from nicegui import ui


def trainer_page(utc_offset: float) -> None:
    """Lay out the trainer's page; what it changes is asked of the API with the token that the trainer enters."""
    _frame(_TRAINER, utc_offset)
    ui.run_javascript("training.trainer()")


def drill_page(drill: str, plant: str, utc_offset: float) -> None:
    """Lay out one drill on `plant` for the class: join, mark, board, and the result after the end."""
    _frame(_DRILL.replace("PLANT", quote(plant, safe="")), utc_offset)
    ui.run_javascript(f"training.drill({_quoted(drill)})")


def _frame(content: str, utc_offset: float) -> None:
    flat = " ".join(content.split())  # a text in two lines would be no word of the catalogue
    ui.html(flat, sanitize=False).classes("training").props(f'data-utc-offset="{utc_offset:g}"')


def _quoted(text: str) -> str:
    """Return `text` as a literal of JavaScript; an id of a drill is made of hexadecimal digits.

    >>> _quoted("3f9a1c"), _quoted("x');alert(1)")
    ('"3f9a1c"', '"ae1"')
    """
    return '"' + "".join(letter for letter in text if letter in "0123456789abcdef")[:40] + '"'


def _field(label: str, id_: str, kind: str = "number", value: str = "", more: str = "") -> str:
    return (
        f'<label><span class="key">{escape(label)}</span>'
        f'<input class="knob" type="{kind}" id="{id_}" value="{escape(value)}" {more}></label>'
    )


def _choice(label: str, id_: str, options: str = "") -> str:
    return (
        f'<label class="grow"><span class="key">{escape(label)}</span>'
        f'<select class="knob" id="{id_}">{options}</select></label>'
    )


def _answer(id_: str, text: str = "") -> str:
    return f'<p class="note" id="{id_}" role="status" aria-live="polite">{text}</p>'


_TRAINER = f"""
<section class="panel" aria-label="Token"><form class="inject" onsubmit="return false">
<label class="grow"><span class="key">Operator token</span><input class="knob" type="password" id="trainer-token"
 autocomplete="off" placeholder="content of the file operator"></label></form>
<p class="note">It stays in this field and is kept nowhere. What this page shows with it is the truth: project the
class's page, not this one.</p>{_answer("token-answer")}</section>
<div class="split even"><div class="column">
<section class="panel" aria-label="New drill"><h2>New drill</h2><form class="inject" onsubmit="return false">
{_field("Name", "new-name", "text", "Drill", 'maxlength="60"')}
{_choice("Plant", "new-plant")}
{_field("Length, min", "new-length", value="20", more='min="1" max="480" step="any"')}
{_field("Usual: minutes before it", "new-reference", value="30", more='min="10" max="1440"')}
{_choice("Faults", "new-kind", '<option value="surprise">surprise me</option><option value="chosen">choose</option>')}
</form><div id="by-surprise" class="inject">
{_field("How many", "new-count", value="2", more='min="1"')}
{_field("Seed, empty for any", "new-seed", more='min="0"')}
</div><div id="by-hand" hidden><div id="plan-rows" class="stack"></div>
<p><button type="button" class="knob" id="add-fault">Add a fault</button></p></div>
<div><button type="button" class="knob strong" id="create">Plan the drill</button></div>
{_answer("new-answer")}</section>
<section class="panel" aria-label="Drills"><h2>Drills</h2>
<p class="note" id="loopback" hidden>These addresses are reached from this machine alone; a class on a network needs an
edge that listens there, with TLS and the viewer's token.</p>
<div id="drills" class="stack"></div>{_answer("drills-answer")}</section>
</div><div class="column">
<section class="panel" aria-label="Class"><h2 id="watch-title">Class</h2>
<div id="watch-board" class="scroll" tabindex="0">
<p class="empty">No drill yet.</p></div>
<details id="truth"><summary>Truth of this drill</summary><div id="truth-plan"></div></details></section>
<section class="panel" aria-label="Faults without a drill"><h2>Faults without a drill</h2>
<form class="inject" onsubmit="return false">{_choice("Plant", "later-plant")}{_choice("Fault", "later-fault")}
{_field("Strikes after, min", "later-after", value="10", more='min="0" step="any"')}
{_field("Lasts, min", "later-lasts", value="15", more='min="0.2" step="any"')}
<button type="button" class="knob" id="later">Plan it</button>
<button type="button" class="knob" id="reset-all">Reset all faults of the plant</button></form>
{_answer("later-answer")}<div id="later-list" class="scroll" tabindex="0"></div></section>
</div></div>
"""

_SINCE = "".join(
    f'<option value="{value}">{text}</option>'
    for value, text in (
        ("now", "now"), ("-30s", "30 s"), ("-1m", "1 min"), ("-2m", "2 min"), ("-3m", "3 min"), ("-5m", "5 min"),
        ("-10m", "10 min"), ("-15m", "15 min"), ("-30m", "30 min"),
    )
)  # fmt: skip

_WAYS = """
<p class="note ways"><a href="/plants/PLANT" target="_blank">Plant</a>
<a href="/plants/PLANT/events" target="_blank">Events</a>
<a href="/plants/PLANT/faults" target="_blank">What each fault moves</a></p>
"""

_DRILL = f"""
<section class="panel" aria-label="Drill"><div class="drill-head"><div id="remaining-part">
<div class="key" id="remaining-key">Remaining</div><div class="oee-big" id="remaining">–</div></div>
<div id="drill-facts" class="facts"></div></div>{_WAYS}
{_answer("drill-answer")}</section>
<section class="panel" id="join-panel" aria-label="Join" hidden><h2>Join</h2>
<form class="inject" onsubmit="return false">
{_field("Your name or your team's", "join-name", "text", "", 'maxlength="30" autocomplete="off"')}
<button type="button" class="knob strong" id="join">Join</button></form></section>
<section class="panel" id="wait-panel" hidden><p class="note">You are in. The trainer starts the drill; get to know the
plant as it usually is.</p></section>
<section class="panel" id="mark-panel" aria-label="Mark" hidden><h2>Mark what you see</h2>
<form class="inject" onsubmit="return false">{_choice("Unit", "mark-unit")}{_choice("Fault", "mark-fault")}
{_choice("Seen since … ago", "mark-since", _SINCE)}
<button type="button" class="knob strong" id="mark" disabled>Mark</button></form>
<p class="note small">A mark stays. One that is false costs; the same again costs nothing.</p>
<p class="note small">Marked too early? Mark it again: only a mark after the onset counts.</p>
<p class="note small">A mark counts for one fault; a second, wrong mark on a unit whose fault is already named is a
false alarm.</p></section>
<section class="panel" id="result-panel" aria-label="What really happened" hidden><h2>What really happened</h2>
<div id="result" class="part"></div></section>
<section class="panel" aria-label="Class"><h2>Class</h2><div id="board" class="scroll" tabindex="0"></div></section>
<section class="panel" id="own-panel" aria-label="Your marks" hidden><h2>Your marks</h2>
<div id="own-marks" class="scroll" tabindex="0"></div></section>
"""
