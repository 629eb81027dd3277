"""Strips that show a change as a dot with its 95 % interval as a whisker, beside no change and what papers report."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from edge.measured import Mean

_MARGIN = 0.04  # of the width, on either side, so that dots and whiskers are whole
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a value lies on a strip: from `low` to `high`, zero among them."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Iterable[float | None]) -> "Scale":
        """Return the scale on which all `values` and zero have room.

        >>> Scale.over([0.3, None, -0.1])
        Scale(low=-0.1, high=0.3)
        """
        known = [0.0, *(value for value in values if value is not None)]
        low, high = min(known), max(known)
        return cls(low, high) if high > low else cls(-1.0, 1.0)

    def x(self, value: float) -> str:
        """Return the place of `value` as per cent of the width.

        >>> Scale(-1.0, 1.0).x(0.0), Scale(-1.0, 1.0).x(99.0)
        ('50.0%', '96.0%')
        """
        share = (value - self.low) / (self.high - self.low)
        return f"{100 * (_MARGIN + (1 - 2 * _MARGIN) * min(max(share, 0.0), 1.0)):.1f}%"

    def ticks(self) -> list[float]:
        """Return round values along the scale, about five.

        >>> Scale(-0.47, 0.43).ticks()
        [-0.4, -0.2, 0.0, 0.2, 0.4]
        """
        rough = (self.high - self.low) / 5
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(size * power for size in _STEPS if size * power >= rough * 0.999)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [round(step * number, 9) + 0.0 for number in range(first, last + 1)]


def strip_svg(
    scale: Scale,
    mean: float | None,
    ends: tuple[float, float] | None = None,
    *,
    published: float | None = None,
    spread: tuple[float, float] | None = None,
    middle: float | None = None,
    bar: tuple[float, float] | None = None,
) -> str:
    """Draw a strip: `mean` as a dot, `ends` as its whisker, `published` dashed; numbers stand beside it as text.

    `spread` (10 to 90 % of projects) is a pale band with `middle` (the median) as a tick, `bar` a solid bar.
    """
    parts = [_upright(scale, 0.0, "zero")]
    for ends_of, kind, top, height in ((spread, "spread", 5, 14), (bar, "bar", 6, 12)):
        if ends_of is not None:
            left, right = (float(scale.x(end)[:-1]) for end in sorted(ends_of))
            parts.append(
                f'<rect class="{kind}" x="{left}%" width="{max(right - left, 0.3):.1f}%" y="{top}" height="{height}"/>'
            )
    if middle is not None:
        parts.append(f'<line class="middle" x1="{scale.x(middle)}" x2="{scale.x(middle)}" y1="5" y2="19"/>')
    if published is not None:
        parts.append(_upright(scale, published, "published"))
    if ends is not None and ends[1] > ends[0]:
        parts.append(
            f'<line class="whisker" x1="{scale.x(ends[0])}" x2="{scale.x(ends[1])}" y1="12" y2="12"/>'
            + "".join(
                f'<line class="whisker" x1="{scale.x(end)}" x2="{scale.x(end)}" y1="8" y2="16"/>'
                for end in ends
            )
        )
    if mean is not None:
        parts.append(f'<circle class="mean" cx="{scale.x(mean)}" cy="12" r="3.5"/>')
    return f'<svg class="strip" aria-hidden="true">{"".join(parts)}</svg>'


def axis_html(scale: Scale) -> str:
    """Draw the values along a scale, in per cent."""
    marks = "".join(
        f'<text x="{scale.x(value)}" y="11" text-anchor="middle">{100 * value:+.0f}</text>'.replace(
            "+0<", "0<"
        )
        for value in scale.ticks()
    )
    return f'<svg class="strip axis" aria-hidden="true">{marks}</svg>'


def told(mean: Mean | None) -> str:
    """Write a relative change with its interval, in per cent.

    >>> told(Mean(mean=0.484, half_width=0.0287)), told(Mean(mean=-0.1, half_width=None)), told(None)
    ('+48.4 ± 2.9 %', '-10.0 %', '–')
    """
    if mean is None or mean.mean is None:
        return "–"
    half = "" if mean.half_width is None else f" ± {100 * mean.half_width:.1f}"
    return f"{100 * mean.mean:+.1f}{half} %"


def _upright(scale: Scale, value: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{scale.x(value)}" x2="{scale.x(value)}" y1="0" y2="24"/>'
