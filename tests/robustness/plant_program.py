"""A toy plant behind its OPC UA server as a program of its own: prints its address, ends when its input does."""

import asyncio
import contextlib
import sys
from pathlib import Path

from tests.robustness.served_plant import served_plant


async def main(folder: Path) -> None:
    """Serve until standard input is closed."""
    async with served_plant(folder) as plant:
        print(plant.address, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(Path(sys.argv[1])))
