"""Whole programs take turns: two at once would fight for ports and for the two cores."""

import os

import pytest


@pytest.mark.system
@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one worker: everything takes turns")
def test_whole_programs_share_one_worker(request: pytest.FixtureRequest) -> None:
    assert request.node.nodeid.endswith("@one at a time")
