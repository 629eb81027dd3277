"""Places where a test lets the process die, to prove that no moment of a crash loses or doubles anything."""

import os
from itertools import count

# "<name>" or "<name>:<n>": die at the n-th passage; unset in production.
_NAME, _, _PASSAGE = os.environ.get("CRASH_AT", "").partition(":")
_passages = count(1)


def crash_point(name: str) -> None:
    """Die at once, as by kill -9, when the environment variable CRASH_AT names this place."""
    if name == _NAME and next(_passages) == int(_PASSAGE or 1):
        os._exit(137)
