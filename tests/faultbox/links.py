"""The box's side of the proxies: one child process, asked over its stdin."""

import json
import subprocess
import sys
from typing import Any


class Links:
    """All proxies of a box. Every call waits for the child's answer; raises BrokenPipeError when it is gone."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faultbox.proxy"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def open(self, link: str, to: int, *, mqtt: bool) -> int:
        """Listen in front of port `to` and return the port to connect to."""
        seed = self._seed + sum(link.encode())
        return int(self._ask(do="open", link=link, to=to, mqtt=mqtt, seed=seed)["port"])

    def cut(self, link: str) -> None:
        """Reset all connections of a link; new ones are let through."""
        self._ask(do="cut", link=link)

    def set(self, link: str, mode: str, rate: float = 0.0) -> None:
        """Change what happens to the link's bytes; `rate` bytes/s for mode slow."""
        self._ask(do="set", link=link, mode=mode, rate=rate)

    def count(self, link: str) -> dict[str, int]:
        """Return the connections made, messages repeated and messages moved."""
        return self._ask(do="count", link=link)

    def _ask(self, **order: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise BrokenPipeError(f"the proxies ended with exit code {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the child."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()
