"""Run the shell blocks of a document as a reader would, with the project's programs at hand."""

import os
import subprocess
import sys
from pathlib import Path

from tests.docs.fence import ROOT

# An answer of the API that is a problem counts as a failure.
_PRELUDE = 'curl() { command curl --silent --show-error --fail-with-body "$@"; }\n'


def run(commands: str, folder: Path) -> str:
    """Run `commands` in `folder` with bash, the first that fails ends it; return what they said on both streams."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        ["bash", "-euc", _PRELUDE + commands], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    told = done.stdout + done.stderr
    assert done.returncode == 0, f"{commands}\n{told}"
    assert "Traceback" not in told
    return told
