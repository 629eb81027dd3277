"""A table of changes: a row a plant or strength, a column a headline figure, each cell an interval and its number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from edge.measured import Mean
from edge.web.interval_strip import Scale, strip_svg, told
from twin.kpi.headline import HEADLINES


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What stands in one row: `changes` by figure; `href` leads to more; `beside` are cells after the title."""

    title: str
    changes: Mapping[str, Mean]
    href: str = ""
    beside: tuple[str, ...] = ()
    strong: bool = False


def change_table(first: str, rows: Sequence[ChangeRow], beside: Sequence[str] = ()) -> str:
    """Draw `rows` below what the papers report; `first` names the first column, `beside` those after it."""
    scales = {
        headline.name: Scale.over([
            headline.published,
            *(end for row in rows if (one := row.changes.get(headline.name)) for end in one.ends or (one.mean,)),
        ])
        for headline in HEADLINES
    }  # fmt: skip
    head = "".join(f"<th>{escape(name)}</th>" for name in (first, *beside, *(one.title for one in HEADLINES)))
    reported = "".join(
        f'<td data-name="{escape(one.title)}">{strip_svg(scales[one.name], None, published=one.published)}'
        f'<span class="num">{100 * one.published:+.1f} %</span></td>'
        for one in HEADLINES
    )
    blank = "<td></td>" * len(beside)
    body = "".join(_row(row, scales, beside) for row in rows)
    return (
        f'<table class="list changes"><thead><tr>{head}</tr></thead><tbody><tr class="reported">'
        f'<th scope="row">308 projects, as reported</th>{blank}{reported}</tr>{body}</tbody></table>'
    )


def _row(row: ChangeRow, scales: Mapping[str, Scale], beside: Sequence[str]) -> str:
    name = escape(row.title)
    title = f'<a href="{escape(row.href, quote=True)}">{name}</a>' if row.href else name
    more = "".join(
        f'<td data-name="{escape(what, quote=True)}"><span class="num">{escape(cell)}</span></td>'
        for what, cell in zip(beside, row.beside, strict=True)
    )
    cells = []
    for headline in HEADLINES:
        change = row.changes.get(headline.name)
        strip = strip_svg(
            scales[headline.name],
            change.mean if change else None,
            change.ends if change else None,
            published=headline.published,
        )
        cells.append(
            f'<td data-name="{escape(headline.title)}">{strip}<span class="num">{escape(told(change))}</span></td>'
        )
    strong = ' class="strong"' if row.strong else ""
    return f'<tr{strong}><th scope="row">{title}</th>{more}{"".join(cells)}</tr>'


def plain_table(first: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Draw `rows` of a title and cells below `columns`; as in a table of changes each is a block on a phone."""
    head = "".join(f"<th>{escape(name)}</th>" for name in (first, *columns))
    body = "".join(
        f'<tr><th scope="row">{escape(title)}</th>'
        + "".join(
            f'<td data-name="{escape(what, quote=True)}"><span class="num">{escape(cell)}</span></td>'
            for what, cell in zip(columns, cells, strict=True)
        )
        + "</tr>"
        for title, cells in rows
    )
    return f'<table class="list changes"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
