"""Energy by carrier and power state, what a good product took, peak and CO2."""

from html import escape
from typing import Any

from edge.api.query import display_unit
from edge.api.time_range import TimeRange
from edge.web.unit_view import number
from edge.web.wording import clock_form, local, percent
from twin.model.energy import POWER_STATES


def energy_html(energy: dict[str, Any], utc_offset: float, peak_ms: int | None, span: TimeRange) -> str:
    """Draw the answer of `Query.energy` over `span`; `peak_ms` is the start of its peak quarter of an hour."""
    carriers = energy["carriers"]
    largest = max((sum(states.values()) for states in carriers.values()), default=0.0)
    if not largest:
        return '<p class="empty">No energy metered in this window.</p>'
    rows = []
    for carrier, states in sorted(carriers.items(), key=lambda item: -sum(item[1].values())):
        total = sum(states.values())
        segments = "".join(
            f'<div class="s-{state}" style="width:{100 * states.get(state, 0.0) / largest:.2f}%" '
            f'title="{state}: {large(states.get(state, 0.0), "Wh")}"></div>'
            for state in POWER_STATES
            if states.get(state, 0.0) > 0
        )
        rows.append(
            f'<div class="lab">{escape(carrier.replace("_", " ").capitalize())}</div><div class="bar">{segments}</div>'
            f'<div class="num">{large(total, "Wh")}</div>'
        )
    by_state = {state: sum(states.get(state, 0.0) for states in carriers.values()) for state in POWER_STATES}
    legend = "".join(
        f'<span><i class="chip s-{state}"></i>{state} {share_of(value / energy["total_kwh"])}</span>'
        for state, value in by_state.items()
        if value > 0
    )
    product = display_unit(energy["product_unit"]) or "unit"
    product = "piece" if product == "pcs" else product
    specific = energy["specific_kwh"]
    peak_at = f" at {local(peak_ms, utc_offset, clock_form(span))}" if peak_ms is not None else ""
    facts = [
        (
            "Specific energy",
            "no good output" if specific is None else number(specific, f"kWh per good {product}"),
        ),
        ("15-minute peak", "–" if energy["peak_kw"] is None else large(energy["peak_kw"], "W") + peak_at),
        ("CO₂", "–" if energy["co2_kg"] is None else mass(energy["co2_kg"])),
        ("Energy cost", "–" if energy["cost_cny"] is None else number(energy["cost_cny"], "CNY")),
    ]
    pairs = "".join(
        f'<div class="pair"><span class="key">{name}</span><span class="v">{text}</span></div>'
        for name, text in facts
    )
    return f'<div class="bars">{"".join(rows)}</div><div class="legend">{legend}</div><div>{pairs}</div>'


def large(kilo: float, unit: str) -> str:
    """Write kW or kWh, from 100 000 on as MW or MWh.

    >>> large(234_708.0, "Wh"), large(537.2, "W")
    ('234.7 MWh', '537.2 kW')
    """
    return number(kilo / 1000, f"M{unit}") if kilo >= 100_000 else number(kilo, f"k{unit}")


def share_of(share: float) -> str:
    """Write a share that may be tiny.

    >>> share_of(0.0001), share_of(0.5)
    ('< 0.1 %', '50.0 %')
    """
    return "< 0.1 %" if 0.0 < share < 0.001 else percent(share)


def mass(kilograms: float) -> str:
    """Write a mass, from 10 000 kg on in tonnes.

    >>> mass(12_345.0), mass(12.0)
    ('12.35 t', '12 kg')
    """
    return number(kilograms / 1000, "t") if kilograms >= 10_000 else number(kilograms, "kg")
