"""The fault box as a command: `python -m tests.faultbox --seed 7`; `make soak` is its long form."""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.faultbox import disk
from tests.faultbox.box import Box, NotRecovered
from tests.faultbox.launch import BREAKS
from tests.faultbox.plan import Group, connection_faults, damages, mixed_faults
from tests.faultbox.report import as_json, as_text, verdict
from tests.faultbox.site import Site, Size

FORMS = {
    # a small plant for the tests, a busy one for the figures
    "short": Size(units=2, signals=40, since="2min"),
    "long": Size(units=5, signals=50, since="5min"),
}
_DISK_MB = 512


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(
        prog="python -m tests.faultbox",
        description="Injects faults into plants, broker, edge and store and accounts for every sample; "
        "exit code 0: nothing lost, doubled or altered, 1: something was.",
    )
    options.add_argument("--seed", type=int, help="of plan and plants; default: drawn and printed")
    options.add_argument("--form", choices=sorted(FORMS), default="long", help="size of the plants")
    options.add_argument("--samples", type=int, default=0, help="samples that must be accepted at least")
    options.add_argument("--faults", type=int, default=200, help="mixed faults")
    options.add_argument(
        "--connection-faults", type=int, default=0, help="faults of the OPC UA connection before them"
    )
    options.add_argument(
        "--damages", type=int, default=0, help="damaged outboxes instead: nothing may be wrong in silence"
    )
    options.add_argument(
        "--drain", type=float, default=0.0, help="s of backlog to measure the drain rate with"
    )
    options.add_argument("--minutes", type=float, default=30.0, help="no further fault is begun after them")
    options.add_argument("--only", default="", help="kinds of mixed faults, separated by commas")
    options.add_argument(
        "--break", dest="broken", choices=sorted(BREAKS), default="", help="break the edge on purpose"
    )
    options.add_argument("--json", type=Path, help="file for the report")
    options.add_argument("--data", type=Path, help="folder to run in and to keep; default: a temporary one")
    options.add_argument("--plan", action="store_true", help="print the plan and end")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    given = parser().parse_args(arguments)
    disk.enter_namespace()
    seed = given.seed if given.seed is not None else time.time_ns() % 1_000_000
    _say(f"seed {seed}")
    left_out = {} if disk.inside() else {"disk_full": "needs root on Linux, for a file system of its own"}
    groups = planned(given, seed, frozenset(left_out))
    if given.plan:
        print(*("; ".join(map(str, group)) for group in groups), sep="\n")
        return 0
    root = given.data or Path(tempfile.mkdtemp(prefix="faultbox-"))
    try:
        return _run(given, seed, groups, root, left_out)
    except NotRecovered as error:
        _say(str(error))
        return 1
    finally:
        if disk.inside():
            for folder in (root / "edge", root / "plants"):
                subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)
        if given.data is None:
            shutil.rmtree(root, ignore_errors=True)


def planned(given: argparse.Namespace, seed: int, left_out: frozenset[str]) -> list[Group]:
    """Make the plan that the arguments ask for; one seed gives one plan."""
    draws = np.random.default_rng(seed)
    if given.damages:
        return damages(given.damages, draws)
    only = frozenset(filter(None, given.only.split(",")))
    groups = connection_faults(given.connection_faults, draws)
    return groups + mixed_faults(given.faults, draws, left_out, only)


def _run(
    given: argparse.Namespace, seed: int, groups: list[Group], root: Path, left_out: dict[str, str]
) -> int:
    if disk.inside():
        for folder in (root / "edge", root / "plants"):
            disk.mount_small(folder, _DISK_MB)
    box = Box(Site(root, FORMS[given.form], seed=seed, broken=given.broken), seed, _say)
    outcome = box.run(groups, samples=given.samples, drain_s=given.drain, limit_s=given.minutes * 60.0)
    wrong = verdict(
        outcome, samples=given.samples, faults=sum(map(len, groups)), silent_only=bool(given.damages)
    )
    report = as_json(outcome, wrong, left_out)
    if given.json:
        given.json.write_text(json.dumps(report, indent=2) + "\n")
    print(as_text(report))
    return 0 if report["passed"] else 1


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
