"""The child of test_restart: a plant that steps in small pieces and gives itself commands until it is killed."""

import os
import sys
from pathlib import Path

from tests.wire.served import NOW_MS, recorder
from twin.model.command import Command

HOURS = 4.0


def main() -> None:
    made = recorder(Path(sys.argv[1]), HOURS)
    print("ready", flush=True)
    steps = 0
    while made.scans < HOURS * 3600:
        made.step(min(made.scans + int(sys.argv[2]), int(HOURS * 3600)), push=False)
        steps += 1
        if steps % 7 == 0 and not made.replaying:
            path = f"{made.declaration.line_path}/mixer/target_cycle"
            value = 5.0 + steps % 3
            made.command(Command(id=f"{os.getpid()}-{steps}", path=path, value=value, expires_ms=NOW_MS))
    print("done", flush=True)


if __name__ == "__main__":
    main()
