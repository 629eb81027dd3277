"""A declaration as it may be believed: of the right shape, and about the plant that sends it alone."""

from pydantic import TypeAdapter, ValidationError

from edge.collect import LinkRefused
from twin.model.declaration import Declaration

_SHAPE = TypeAdapter(Declaration)
_MOST_TAGS = 100_000
_LATEST_MS = 4_102_444_800_000  # 2100


def read_declaration(text: str, plant: str = "") -> Declaration:
    """Read a declaration; raises LinkRefused for one that is damaged, or speaks for another plant than `plant`.

    Paths are what history is kept by: every one must lie below the plant's own, or one plant could write another's.
    """
    try:
        found = Declaration.from_json(text)
        _SHAPE.validate_json(found.to_json(), strict=True)
    except (ValueError, TypeError, RecursionError) as error:
        cause = error.errors()[0] if isinstance(error, ValidationError) else error
        raise LinkRefused(f"the plant's declaration cannot be read: {str(cause)[:300]}") from error
    if plant and found.plant != plant:
        raise LinkRefused(f"the plant calls itself {found.plant[:100]}, not {plant}")
    problem = _problem(found)
    if problem:
        raise LinkRefused(f"the plant's declaration cannot be used: {problem}")
    return found


def _problem(found: Declaration) -> str:
    if not found.units:
        return "it has no unit"
    if not 0 <= found.start_ms < _LATEST_MS or not 0 <= found.epoch < 1 << 63 or not found.scan_s > 0:
        return "start_ms, epoch or scan_s is out of range"
    if found.line_path.split("/")[1:2] != [found.plant]:
        return f"line_path {found.line_path[:200]!r} is not of plant {found.plant}"
    for unit in found.units:
        if unit.path != f"{found.line_path}/{unit.name}" or "/" in unit.name or not unit.name:
            return f"path {unit.path[:200]!r} of unit {unit.name[:100]!r} does not lie below line_path"
    if len(set(found.sources)) != len(found.units):
        return "two units have one path"
    if sum(len(unit.tags) for unit in found.units) > _MOST_TAGS:
        return f"it has more than {_MOST_TAGS} tags"
    return ""
