"""Is a role well? `python -m twin.probe http://127.0.0.1:8000/healthz` or `python -m twin.probe FOLDER` of a journal.

For healthchecks of containers: exit code 0 for yes, 1 for no with one line why.
"""

import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

_ANSWER_S = 3.0
_FRESH_S = 60.0  # a plant that runs commits something to its journal every few seconds


def trouble(target: str) -> str:
    """Return what is wrong with a service (its URL) or a plant (the folder of its journal), "" when it is well."""
    if target.startswith(("http://", "https://")):
        try:
            with urllib.request.urlopen(target, timeout=_ANSWER_S) as answer:  # noqa: S310 (the scheme was looked at)
                return "" if answer.status == 200 else f"{target} answers {answer.status}"
        except (urllib.error.URLError, OSError) as error:
            return f"{target}: {error}"
    changes = [file.stat().st_mtime for file in Path(target).glob("*.journal*")]
    if not changes:
        return f"{target} holds no journal"
    age = time.time() - max(changes)
    return f"the journal in {target} has not changed for {age:.0f} s" if age > _FRESH_S else ""


if __name__ == "__main__":
    found = trouble(sys.argv[1]) if len(sys.argv) == 2 else "give a URL or a folder"
    if found:
        sys.exit(found)
