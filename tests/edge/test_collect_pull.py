"""The pull: what the outbox has committed is acknowledged, nothing else, and nothing is passed over."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.collect import LinkRefused, LinkStatus
from edge.collect.pull import Pull, keep_declaration
from edge.outbox import Outbox
from tests.edge.plant_feed import Feed
from tests.edge.telemetry import declaration
from twin.packing import DamagedFrames, Parcel, unpack


def pull_of(feed: Feed, outbox: Outbox, *, max_bytes: int = 2000) -> Pull:
    return Pull(
        feed,
        outbox,
        LinkStatus("test"),
        plant=feed.declaration.plant,
        journal=feed.journal_id,
        max_bytes=max_bytes,
    )


def frames_in(outbox: Outbox) -> int:
    return sum(len(unpack(entry.data)) for entry in outbox.pending(limit=10_000, max_bytes=1 << 40))


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(growth=st.lists(st.integers(1, 6), min_size=1, max_size=6), max_bytes=st.integers(1, 5000))
async def test_whatever_the_parcels_every_entry_is_kept_once_and_acknowledged(
    tmp_path_factory: pytest.TempPathFactory, growth: list[int], max_bytes: int
) -> None:
    outbox = Outbox(tmp_path_factory.mktemp("p") / "outbox.sqlite")
    try:
        feed = Feed()
        pull = pull_of(feed, outbox, max_bytes=max_bytes)
        for entries in growth:
            feed.grow(entries)
            await pull.catch_up()
            while (
                feed.entries
            ):  # a head that was not told yet ends a round early; the watchdog begins another
                await pull.catch_up()
        assert [entry.position for entry in outbox.pending(limit=1000)] == list(range(1, sum(growth) + 1))
        assert frames_in(outbox) == feed.frames
        assert outbox.declared("press", 1)
        assert outbox.skipped_total == 0
    finally:
        outbox.close()


async def test_push_is_taken_when_nothing_is_missing_before_it(outbox: Outbox) -> None:
    feed = Feed()
    pull = pull_of(feed, outbox)
    assert await pull.push(Parcel.from_bytes(feed.grow().parcel))
    feed.grow()
    newest = Parcel.from_bytes(feed.grow().parcel)
    assert not await pull.push(newest)
    assert outbox.expected("press", feed.journal_id) == 2
    await pull.catch_up()
    assert await pull.push(newest)  # late, and harmless
    assert frames_in(outbox) == feed.frames
    assert feed.entries == {}


async def test_entries_that_the_plant_dropped_are_passed_over_and_counted(outbox: Outbox) -> None:
    feed = Feed()
    feed.grow(6)
    for position in (1, 2, 3):
        del feed.entries[position]
    await pull_of(feed, outbox).catch_up()
    assert outbox.skipped_total == 3
    assert [entry.position for entry in outbox.pending()] == [4, 5, 6]


async def test_full_outbox_makes_the_pull_wait_and_acknowledges_only_what_is_kept(tmp_path: Path) -> None:
    feed = Feed()
    feed.grow(8)
    size = len(feed.entries[1])
    outbox = Outbox(tmp_path / "outbox.sqlite", max_bytes=3 * size)
    pull = pull_of(feed, outbox, max_bytes=10**6)
    work = asyncio.create_task(pull.catch_up())
    taken: list[int] = []
    while not work.done():
        waiting = outbox.pending()
        held = [entry.position for entry in waiting]
        assert set(feed.entries) | set(held) | set(taken) == set(range(1, 9))
        outbox.delete(waiting)
        taken += held
        await asyncio.sleep(0.01)
    await work
    assert sorted([*taken, *(entry.position for entry in outbox.pending())]) == list(range(1, 9))
    assert feed.entries == {}
    outbox.close()


async def test_epoch_that_never_was_does_not_stop_the_rest(outbox: Outbox) -> None:
    """Its entries are kept all the same: the pipeline puts them in quarantine."""
    feed = Feed()
    feed.grow(2)
    other = Feed(epoch=9)
    other.grow()
    feed.entries[3], feed.entries[4] = other.entries[1], b"rubbish"
    feed.status.head = 4
    await pull_of(feed, outbox, max_bytes=10**6).catch_up()
    assert [entry.position for entry in outbox.pending()] == [1, 2, 3, 4]
    assert not outbox.declared("press", 9)


async def test_new_journal_ends_the_session(outbox: Outbox) -> None:
    feed = Feed()
    pull = pull_of(feed, outbox)
    feed.grow()
    feed.journal_id = b"k" * 16
    with pytest.raises(ConnectionError, match="new journal"):
        await pull.catch_up()
    with pytest.raises(ConnectionError, match="new journal"):
        await pull.push(Parcel.from_bytes(feed.grow().parcel))
    await pull_of(feed, outbox).catch_up()
    assert outbox.expected("press", b"k" * 16) == 3
    assert outbox.expected("press", b"j" * 16) == 1


async def test_damaged_parcel_is_not_acknowledged(outbox: Outbox) -> None:
    feed = Feed()
    feed.grow()

    async def cut(position: int, max_bytes: int) -> bytes:
        return (await Feed.fetch(feed, position, max_bytes))[:-3]

    feed.fetch = cut  # type: ignore[method-assign]
    with pytest.raises(DamagedFrames):
        await pull_of(feed, outbox).catch_up()
    assert len(feed.entries) == 1


async def test_declaration_of_another_plant_or_none_is_refused(outbox: Outbox) -> None:
    with pytest.raises(LinkRefused, match="cannot be read"):
        await keep_declaration(outbox, "{}")
    with pytest.raises(LinkRefused, match="oven"):
        await keep_declaration(outbox, declaration("oven").to_json(), "press")
