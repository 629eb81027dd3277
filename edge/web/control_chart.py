"""Control charts as pictures: individuals, moving ranges, EWMA; what breaks a rule is marked by its shape."""

from collections.abc import Sequence
from html import escape

from edge.characteristic import DEPENDENT, FEW, Charts, broken_rules
from edge.web.unit_view import number
from edge.web.wording import local
from twin.kpi.spc import RULES

# A shape for each kind of rule, in a square of 2 around the point.
_SHAPES = {
    "point": "M0 -1 L1 0.8 L-1 0.8 Z",  # a single value: rule 1, and what is beyond on the other charts
    "run": "M-0.85 -0.85 H0.85 V0.85 H-0.85 Z",  # rules 2 to 4
    "zone": "M0 -1.1 L1.1 0 L0 1.1 L-1.1 0 Z",  # rules 5 and 6
    "spread": "M-1 -0.35 H-0.35 V-1 H0.35 V-0.35 H1 V0.35 H0.35 V1 H-0.35 V0.35 H-1 Z",  # rules 7 and 8
}
_KIND = {1: "point", 2: "run", 3: "run", 4: "run", 5: "zone", 6: "zone", 7: "spread", 8: "spread"}
_WORDS = {
    "point": "beyond the limits",
    "run": "a run",
    "zone": "far on one side",
    "spread": "too near or too far",
}
_APART = 30  # between the numbers of rules, so that they can be read
_LINE = 12  # height of a limit's name


def charts_html(found: Charts, utc_offset: float) -> str:
    """Draw the three charts, wide and narrow, with capability and what is out of control in words."""
    if found.limits is None:
        few = "one value" if len(set(found.values)) == 1 else "no values"
        return (
            f'<p class="empty">There is {few} of this characteristic in the last 24 hours: no chart yet.</p>'
        )
    drawn = "".join(
        f'<div class="{name}">{_individuals(found, width, utc_offset)}'
        f"{_ranges(found, width)}{_weighted(found, width)}</div>"
        for name, width in (("spc-wide", 900), ("spc-narrow", 380))
    )
    legend = "".join(
        f'<span><svg viewBox="-1.3 -1.3 2.6 2.6" aria-hidden="true"><path d="{path}"/></svg>{_WORDS[name]}</span>'
        for name, path in _SHAPES.items()
    )
    return f'<div class="spc">{drawn}</div><div class="legend">{legend}</div>{_notes(found)}'


def verdict_html(found: Charts, utc_offset: float) -> str:
    """Tell capability with its arithmetic, and what is out of control, newest first."""
    if found.limits is None:
        return ""
    tag = found.tag
    limits = [(name, getattr(tag, field)) for name, field in (("LSL", "lo"), ("USL", "hi"))]
    tolerance = ", ".join(
        f"{name} {limit:g} {found.measure}".strip() for name, limit in limits if limit is not None
    )
    rows = "".join(
        f'<tr><td>{figure.name[0].upper()}{escape(figure.name[1:])}</td><td class="n"><b>'
        f"{'–' if figure.value is None else f'{figure.value:.2f}'}</b></td>"
        f"<td>{escape(figure.note or figure.formula)}</td></tr>"
        for figure in found.figures
    )
    state = "Out of control" if found.out_of_control else "In control"
    judged = (
        "Cp and Cpk say what the process could do were it stable, Pp and Ppk what these values did."
        if found.out_of_control
        else "The process is stable over these values, so that Cp and Cpk hold."
    )
    items = "".join(_item(found, words, places, utc_offset) for words, places in broken_rules(found))
    return (
        f'<p class="verdict {"warn" if found.out_of_control else "run"}"><b>{state}</b></p>'
        f'<ul class="effects">{items or "<li>No rule is broken on any of the three charts.</li>"}</ul>'
        f'<table class="list capability"><tbody>{rows}</tbody></table>'
        f'<p class="note small">Tolerance: {escape(tolerance) or "none"} (limits Lo and Hi of the tag). Cp, Cpk: σ '
        "within from moving ranges; Pp, Ppk: overall s; as ISO 22514-2 defines them for a normal distribution. "
        f"{judged}</p>"
    )


def _item(found: Charts, words: str, places: Sequence[int], utc_offset: float) -> str:
    last = places[-1]
    when = local(found.times[last], utc_offset, "%H:%M:%S")
    often = "once" if len(places) == 1 else f"{len(places)} values"
    value = escape(number(found.values[last], found.measure))
    return f'<li>{escape(words)} <span class="quiet">({often}, last {when}: {value})</span></li>'


def _notes(found: Charts) -> str:
    every = "as they were told, without repeats" if found.piecewise else "one every 5 minutes"
    parts = [f"The newest {len(found.values)} values, {every}; limits at ±3 σ from their moving ranges."]
    if len(found.values) < FEW:
        parts.append(f"Fewer than {FEW} values: the limits are a first guess.")
    if found.alike is not None and found.alike > DEPENDENT:
        parts.append(
            f"Neighbouring values are alike (correlation {found.alike:.2f}): σ within is too small then, and rules "
            "break more often than the process changes."
        )
    return f'<p class="note small">{" ".join(parts)}</p>'


# -- drawing -----------------------------------------------------------------------------------------------


class _Plot:
    """One chart: values by their order from left to right, `low` to `high` upwards."""

    def __init__(self, width: int, height: int, count: int, values: Sequence[float], title: str) -> None:
        low, high = min(values), max(values)
        margin = 0.08 * (high - low) or 1.0
        self._low, self._high = low - margin, high + margin
        self._width, self._height, self._count = width, height, count
        self._left, self._right = 8, 76
        self._names: list[tuple[float, str]] = []  # of limits, with their height
        self._parts = [f'<text class="title" x="{self._left}" y="13">{escape(title)}</text>']

    def x(self, place: int) -> float:
        """Return where a value stands."""
        room = self._width - self._left - self._right
        return self._left + room * (place + 0.5) / self._count

    def y(self, value: float) -> float:
        """Return how high a value is drawn, from the top."""
        top, bottom = 24.0, self._height - 6.0
        return bottom - (bottom - top) * (value - self._low) / (self._high - self._low)

    def line(self, value: float, name: str, style: str) -> None:
        """Draw a limit over the whole width, named at its end."""
        if self._low <= value <= self._high:
            y = self.y(value)
            end = self._width - self._right + 2
            self._parts.append(f'<path class="{style}" d="M{self._left} {y:.1f}H{end}"/>')
            self._names.append((y + 4.0, f"{name} {value:.4g}"))

    def step(self, values: Sequence[float], style: str) -> None:
        """Draw a line through values."""
        points = " ".join(f"{self.x(place):.1f},{self.y(value):.1f}" for place, value in enumerate(values))
        self._parts.append(f'<polyline class="{style}" points="{points}"/>')

    def dots(self, values: Sequence[float], shift: int = 0) -> None:
        """Draw a line through values with a dot for each."""
        path = " ".join(
            f"{self.x(place + shift):.1f},{self.y(value):.1f}" for place, value in enumerate(values)
        )
        dots = "".join(
            f'<circle cx="{self.x(place + shift):.1f}" cy="{self.y(value):.1f}" r="1.8"/>'
            for place, value in enumerate(values)
        )
        self._parts.append(f'<polyline class="values" points="{path}"/><g class="dots">{dots}</g>')

    def mark(self, place: int, value: float, kind: str, label: str, words: str) -> None:
        """Mark a value with a shape, its rules' numbers above it."""
        x, y = self.x(place), self.y(value)
        end = self._width - self._right - 3.5 * len(label)
        self._parts.append(
            f'<g class="broken {kind}"><title>{escape(words)}</title>'
            f'<path transform="translate({x:.1f} {y:.1f}) scale(5)" d="{_SHAPES[kind]}"/>'
            f'<text x="{min(x, end):.1f}" y="{max(y - 8, 22):.1f}">{escape(label)}</text></g>'
        )

    def svg(self, spoken: str) -> str:
        """Return the picture; names of limits that would lie on each other move down."""
        names, free = "", 0.0
        for y, name in sorted(self._names):
            free = max(y, free)
            names += f'<text x="{self._width - self._right + 6}" y="{free:.1f}">{escape(name)}</text>'
            free += _LINE
        return (
            f'<svg class="control-chart" viewBox="0 0 {self._width} {self._height}" role="img" '
            f'aria-label="{escape(spoken, quote=True)}">{"".join(self._parts)}{names}</svg>'
        )


def _individuals(found: Charts, width: int, utc_offset: float) -> str:
    limits = found.limits
    assert limits is not None
    reach = [*found.values, limits.lower, limits.upper]
    span = max(reach) - min(reach)
    # Tolerances that lie far away would press the chart flat.
    near = [
        limit
        for limit in (found.tag.lo, found.tag.hi, found.target)
        if limit is not None and min(reach) - span < limit < max(reach) + span
    ]
    title = f"Individuals{f', {found.measure}' if found.measure else ''}"
    plot = _Plot(width, 210, len(found.values), [*reach, *near], title)
    for value, name, style in (
        (limits.upper, "UCL", "control"), (limits.centre, "x̄", "centre"), (limits.lower, "LCL", "control"),
        (found.tag.hi, "USL", "tolerance"), (found.tag.lo, "LSL", "tolerance"), (found.target, "target", "target"),
    ):  # fmt: skip
        if value is not None:
            plot.line(value, name, style)
    plot.dots(found.values)
    labelled = -float(_APART)
    for place, rules in enumerate(found.rules):
        if rules:
            when = local(found.times[place], utc_offset, "%H:%M:%S")
            words = "; ".join(f"rule {rule}: {RULES[rule]}" for rule in rules)
            label = ",".join(map(str, rules)) if plot.x(place) - labelled >= _APART else ""
            labelled = plot.x(place) if label else labelled
            plot.mark(place, found.values[place], _KIND[rules[0]], label, f"{when}: {words}")
    broken = sum(map(bool, found.rules))
    return plot.svg(f"{title}: {len(found.values)} values, {broken} of them break a rule")


def _ranges(found: Charts, width: int) -> str:
    plot = _Plot(width, 120, len(found.values), [0.0, found.range_upper, *found.ranges], "Moving range")
    plot.line(found.range_upper, "UCL", "control")
    plot.line(found.range_mean, "mean", "centre")
    plot.dots(found.ranges, 1)
    broken = [place for place, value in enumerate(found.ranges) if value > found.range_upper]
    for place in broken:
        plot.mark(place + 1, found.ranges[place], "point", "", "moving range above its limit")
    return plot.svg(f"Moving range: {len(broken)} above the limit")


def _weighted(found: Charts, width: int) -> str:
    means = [point.mean for point in found.weighted]
    uppers, lowers = [point.upper for point in found.weighted], [point.lower for point in found.weighted]
    plot = _Plot(width, 140, len(found.values), [*means, *uppers, *lowers], "EWMA, weight 0.2")
    plot.step(uppers, "control")
    plot.step(lowers, "control")
    plot.line(uppers[-1], "UCL", "hidden")
    plot.line(lowers[-1], "LCL", "hidden")
    plot.dots(means)
    broken = [place for place, point in enumerate(found.weighted) if point.beyond]
    for place in broken:
        plot.mark(place, means[place], "point", "", "EWMA beyond its limits")
    return plot.svg(f"EWMA: {len(broken)} beyond the limits")
