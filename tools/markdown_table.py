"""A Markdown table, line by line."""

from collections.abc import Iterator, Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    r"""Yield the lines of a table and an empty one; a pipe inside a cell is escaped, a line break becomes a space.

    >>> list(table(("a", "b"), [("1|2", "x")]))
    ['| a | b |', '|---|---|', '| 1\\|2 | x |', '']
    """
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
    yield ""


def code(text: str) -> str:
    """Mark `text` as code.

    >>> code("x")
    '`x`'
    """
    return f"`{text}`"
