"""The pause of the garbage collector ends when it is told to, and with its block whatever happens there."""

import gc

import pytest

from twin.collector import paused_collector


def test_pause_ends_at_the_call_and_what_was_there_is_frozen() -> None:
    before = gc.get_freeze_count()
    try:
        with paused_collector() as resume:
            assert not gc.isenabled()
            with paused_collector():
                pass
            assert not gc.isenabled(), "an inner pause ends nothing"
            resume()
            assert gc.isenabled()
            assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()


def test_pause_ends_with_a_start_that_fails() -> None:
    try:
        with pytest.raises(OSError, match="taken"), paused_collector():
            raise OSError("the port is taken")
        assert gc.isenabled()
    finally:
        gc.unfreeze()
