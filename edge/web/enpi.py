"""Energy performance as pictures: hours against the baseline, and the running sum of what was used beyond it."""

from html import escape

from edge.api.energy_query import Enpi
from edge.api.query import display_unit
from edge.web.energy import large
from edge.web.unit_view import number
from edge.web.wording import local, percent, zone
from twin.kpi.baseline import MOST_CV
from twin.model.declaration import Declaration

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 420.0, 230.0, 56.0, 200.0
_BOX = f'class="plot-small" viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img"'


def enpi_html(enpi: Enpi, declaration: Declaration, utc_offset: float) -> str:
    """Tell actual against expected energy, with the baseline, its quality and the hours it is from."""
    form = "%d %b %H:%M"
    begin, end = (local(at, utc_offset, form) for at in (enpi.reference.start_ms, enpi.reference.end_ms))
    if enpi.fit is None:
        return (
            f'<p class="note"><b>No baseline yet</b>: {escape(enpi.why)}. The reference period is the plant\'s own '
            "history of up to 7 days before the last 8 full hours.</p>"
        )
    fit, told = enpi.fit, enpi.told
    unit = display_unit(declaration.units[0].count_unit)
    formula = f"kWh an hour = {number(fit.base)} + {number(fit.slope)} × output an hour ({unit})"
    quality = (
        "good enough to judge by"
        if fit.good
        else (f"too rough to judge by (CV(RMSE) above {100 * MOST_CV:.0f} %, or a term below 0)")
    )
    head = '<p class="note">No full hour since then yet.</p>'
    if told is not None and told.ratio is not None:
        quiet = "" if fit.good else " quiet"
        change = 100.0 * (told.ratio - 1.0)
        head = (
            f'<div class="enpi"><span class="oee-big{quiet}">{told.ratio:.3f}</span><span>EnPI, actual / expected: '
            f"{large(told.actual, 'Wh')} against {large(told.expected, 'Wh')}, {change:+.1f} %</span></div>"
        )
    return (
        f"{head}<p>Baseline {escape(formula)}; R² {fit.r2:.2f}, CV(RMSE) {percent(fit.cv_rmse)}: {quality}.</p>"
        f'<div class="plots">{_scatter(enpi, unit)}{_cusum(enpi, utc_offset)}</div>'
        f'<p class="note small">Reference: {fit.count} full hours, {begin} to {end}; reporting period: the '
        f"{len(enpi.reported)} full hours after it; {zone(utc_offset)}. Regression on processed output with "
        "a base load, as ISO 50006 has it; quality of fit by ASHRAE Guideline 14 (CV(RMSE) up to 25 %).</p>"
    )


def _scatter(enpi: Enpi, unit: str) -> str:
    """Draw hours as points of output and energy, with the baseline; those reported are filled."""
    fit = enpi.fit
    assert fit is not None
    both = [*enpi.points, *enpi.reported]
    right, top = max(one for one, _ in both) * 1.05 or 1.0, max(one for _, one in both) * 1.08
    width, left, bottom = _WIDTH, _LEFT, _BOTTOM

    def at(output: float, kwh: float) -> tuple[float, float]:
        return left + (width - left - 8) * output / right, bottom - (bottom - 16) * kwh / top

    dots = "".join(
        f'<circle class="{style}" cx="{at(*one)[0]:.1f}" cy="{at(*one)[1]:.1f}" r="{radius}"/>'
        for points, style, radius in ((enpi.points, "before", 2.6), (enpi.reported, "after", 4.2))
        for one in points
    )
    x0, y0 = at(0.0, fit.base)
    x1, y1 = at(right, fit.expected(right))
    return (
        f'<svg {_BOX} aria-label="energy against output, hour by hour, with the baseline">'
        f'<path class="axis-line" d="M{left} 12V{bottom}H{width - 6}"/>'
        f'<path class="fit" d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}"/>{dots}'
        f'<text x="{left}" y="10">kWh an hour</text><text x="{left - 4}" y="{bottom + 4}" text-anchor="end">0</text>'
        f'<text x="{left - 4}" y="26" text-anchor="end">{escape(number(top / 1.08))}</text>'
        f'<text x="{width - 8}" y="{bottom + 16}" text-anchor="end">{escape(number(right / 1.05, unit))} an hour</text>'
        f'<text x="{left}" y="{_HEIGHT - 2}">○ reference  ● reporting period</text></svg>'
    )


def _cusum(enpi: Enpi, utc_offset: float) -> str:
    """Draw the running sum of what was used beyond the expectation."""
    sums = enpi.told.cusum if enpi.told is not None else []
    if not sums:
        return ""
    width, left, bottom = _WIDTH, _LEFT, _BOTTOM
    low, high = min(0.0, *sums), max(0.0, *sums)
    reach = (high - low) or 1.0

    def y(value: float) -> float:
        return bottom - (bottom - 22) * (value - low) / reach

    step = (width - left - 8) / len(sums)
    points = " ".join(f"{left + step * (place + 1):.1f},{y(value):.1f}" for place, value in enumerate(sums))
    begin = local(enpi.reporting.start_ms, utc_offset)
    end = local(enpi.reporting.end_ms, utc_offset)
    return (
        f'<svg {_BOX} aria-label="running sum of energy beyond the expectation, '
        f'{escape(number(sums[-1], "kWh"))} at the end"><path class="axis-line" d="M{left} 12V{bottom}"/>'
        f'<path class="axis-line" d="M{left} {y(0.0):.1f}H{width - 6}"/>'
        f'<polyline class="fit" points="{left},{y(0.0):.1f} {points}"/>'
        f'<text x="{left}" y="10">CUSUM: kWh beyond the expectation, {escape(number(sums[-1]))} now</text>'
        f'<text x="{left - 4}" y="{y(high) + 4:.1f}" text-anchor="end">{escape(number(high))}</text>'
        f'<text x="{left - 4}" y="{y(low) + 4:.1f}" text-anchor="end">{escape(number(low))}</text>'
        f'<text x="{left}" y="{bottom + 16}">{begin}</text>'
        f'<text x="{width - 8}" y="{bottom + 16}" text-anchor="end">{end}</text></svg>'
    )
