"""Production orders as a table."""

from collections.abc import Sequence
from html import escape
from typing import Any

from edge.web.unit_view import number
from edge.web.wording import local


def orders_html(orders: Sequence[dict[str, Any]], utc_offset: float) -> str:
    """List orders, the running one first; `start_ms` and `end_ms` ride along with each answer of `Query.orders`."""
    if not orders:
        return '<p class="empty">No order in this window.</p>'
    rows = []
    for order in reversed(orders):
        done = order["processed"] or 0.0
        share = min(1.0, done / order["quantity"]) if order["quantity"] > 0 else 0.0
        begin = local(order["start_ms"], utc_offset, "%d %b %H:%M")
        end = "running" if order["end_ms"] is None else local(order["end_ms"], utc_offset, "%d %b %H:%M")
        rows.append(
            f'<tr title="from {begin}"><td>{escape(order["order"])}</td>'
            f"<td>{escape(order['product'].replace('_', ' '))}</td>"
            f'<td class="n">{number(order["good"] or 0.0)}</td>'
            f'<td class="n">{number(order["quantity"], order["unit"])}</td>'
            f'<td class="opt bar"><div class="progress" title="{100 * share:.0f} % processed">'
            f'<div class="fill" style="width:{100 * share:.0f}%"></div></div></td>'
            f'<td class="t n">{end}</td></tr>'
        )
    head = (
        '<th>Order</th><th>Product</th><th class="n">Good</th><th class="n">Ordered</th>'
        '<th class="opt">Processed</th><th class="n">End</th>'
    )
    return f'<table class="list orders"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
