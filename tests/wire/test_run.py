"""A plant as a real process: it says when it answers, and a signal ends it cleanly."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from tests.wire.served import Served, collect_journal
from twin.secret import make_secrets
from twin.wire import Journal

ROOT = Path(__file__).parents[2]
PROGRAM = """
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from tests.wire.toy import Toy
from twin.wire import run_plant
folder = Path(sys.argv[1])
asyncio.run(run_plant(Toy(), address=sys.argv[2], data=folder, secrets=folder, seed=1, since=timedelta(hours=100),
                      ready=lambda address: print("ready", address, flush=True)))
print("ended", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("address", ["opc.tcp://127.0.0.1:0", "mqtt://127.0.0.1:9"])
async def test_signal_ends_the_plant_cleanly_in_the_middle_of_its_history(
    tmp_path: Path, address: str, number: signal.Signals
) -> None:
    """Also with a broker that never answers: exit code 0, no traceback, a journal that opens and is contiguous."""
    make_secrets(tmp_path, ["edge", "toy"])
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(tmp_path), address, cwd=ROOT, stdout=pipe, stderr=pipe
    )
    assert child.stdout is not None
    try:  # however slow the machine is: the test's own limit is the only one
        assert (await child.stdout.readline()).startswith(b"ready ")
        child.send_signal(number)
        out, err = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    assert (child.returncode, out) == (0, b"ended\n")
    assert b"Traceback" not in err
    journal = Journal(tmp_path / "toy.journal")
    served: Served = {}
    collect_journal(journal, ("demo/toy/area_1/line_1/line", "demo/toy/area_1/line_1/mixer"), served)
    journal.close()
