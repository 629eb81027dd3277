"""Answers encoded by orjson; NumPy columns go straight to bytes, not-a-number becomes null."""

from collections.abc import Sequence
from typing import Any

import orjson
from fastapi.responses import Response


class JsonResponse(Response):
    """A JSON answer."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode."""
        return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)


def items(found: Sequence[Any]) -> JsonResponse:
    """Answer a list as `{"items": […], "count": n}`."""
    return JsonResponse({"items": list(found), "count": len(found)})
