"""The supervisor of links: how long it waits, what it says, and that nothing ends it but cancellation."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from structlog.testing import capture_logs

from edge.collect import LinkRefused, LinkStatus
from edge.collect.supervision import BACKOFF_S, REFUSED_S, supervise

_END = asyncio.CancelledError()  # the supervisor is cancelled


def explained(error: Exception) -> tuple[str, str]:
    return "refused" if isinstance(error, LinkRefused) else "stale", str(error)


async def pauses(
    ends: Sequence[BaseException | None], monkeypatch: pytest.MonkeyPatch
) -> tuple[list[float], LinkStatus]:
    """Let sessions end as `ends` say, None for one that was online before; return the pauses after each."""
    status, waited, coming = LinkStatus("opc.tcp://plant"), [], iter(ends)

    async def session(coming: Iterator[BaseException | None] = coming) -> None:
        error = next(coming, _END)
        if error is _END:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            await asyncio.Event().wait()
        if error is None:
            status.connects += 1
            status.state = "online"
            raise ConnectionError("gone")
        assert error is not None
        raise error

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("edge.collect.supervision.asyncio.sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        await supervise(status, session, explained)
    return waited, status


async def test_link_that_comes_back_is_heard_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = ConnectionError("gone")
    waited, _ = await pauses([gone, gone, gone, gone, None, gone], monkeypatch)
    assert waited == [BACKOFF_S[1], BACKOFF_S[2], BACKOFF_S[2], BACKOFF_S[2], BACKOFF_S[0], BACKOFF_S[1]]
    assert max(waited) <= 1.0


async def test_who_refuses_us_is_asked_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    waited, status = await pauses([LinkRefused("no"), LinkRefused("no")], monkeypatch)
    assert (waited, status.state, status.detail) == ([REFUSED_S, REFUSED_S], "refused", "no")


async def test_whatever_a_session_raises_is_told_once_a_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    with capture_logs() as logs:
        await pauses([KeyError("a"), KeyError("a"), OSError("b"), MemoryError("c")], monkeypatch)
    assert [one["cause"] for one in logs] == ["'a'", "b", "c"]


async def test_cancellation_that_nobody_asked_for_does_not_end_the_link(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Libraries give up futures of theirs, and raise that as a cancellation."""
    with capture_logs() as logs:
        waited, status = await pauses([asyncio.CancelledError(), ConnectionError("gone")], monkeypatch)
    assert len(waited) == 2
    assert [one["cause"] for one in logs] == ["the connection was given up", "gone"]
    assert status.state == "stale"
