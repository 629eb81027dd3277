"""One function builds every name: MQTT topic, OPC UA NodeId, store key, REST path."""

import re

_SEGMENT = re.compile(r"[a-z0-9][a-z0-9_]*")


def path(*segments: str) -> str:
    """Join ISA-95 segments `enterprise/site/area/line/unit/tag` into one path.

    Each segment is lower snake case and may itself be a path; raises ValueError that names the bad segment.

    >>> path("demo", "stamping", "press_shop", "line_1", "op10", "tonnage")
    'demo/stamping/press_shop/line_1/op10/tonnage'
    """
    joined = "/".join(segments)
    for segment in joined.split("/"):
        if not _SEGMENT.fullmatch(segment):
            raise ValueError(
                f"path segment {segment!r} in {joined!r}: use lower snake case, letters, digits and underscores"
            )
    return joined
