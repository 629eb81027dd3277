"""How tests start the programs of others: scripts for Node.js beside this file, a broker's own tools."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from tools import machine

FOLDER = Path(__file__).parent


async def node(script: str, argument: dict[str, Any], *, seconds: float = 90.0) -> Any:
    """Run a script of this folder with one JSON argument; return the JSON of its last line, fail with its stderr."""
    program = machine.find("nodejs")
    assert program, "mark the test with pytest.mark.nodejs"
    process = await asyncio.create_subprocess_exec(
        program, str(FOLDER / script), json.dumps(argument), stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE, cwd=FOLDER, env={**os.environ, "NODEOPCUA_QUIET": "1"},
    )  # fmt: skip
    try:
        told, complaint = await asyncio.wait_for(process.communicate(), seconds)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, complaint.decode(errors="replace")[-4000:]
    return json.loads(told.splitlines()[-1])  # libraries log to stdout, too
