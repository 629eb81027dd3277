"""Large requests of one OPC UA client: bounded, answered whole, and others are served in between."""

import asyncio

import pytest
from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.server.internal_session import InternalSession

from twin.wire.opcua_session import BROWSE_NODES, PATHS, READ_NODES, GuardedCore

_NAMES = [ua.NodeId(number) for number in (2253, 2256, 999_999, 85, 22, 58, 62)]  # one is not there


@pytest.fixture
async def session() -> InternalSession:
    core = GuardedCore("a password", anonymous=True)
    await core.init()
    return core.create_session("reader", external=True)


def reading(count: int) -> ua.ReadParameters:
    wanted = [
        ua.ReadValueId(_NAMES[number % len(_NAMES)], ua.AttributeIds.BrowseName) for number in range(count)
    ]
    return ua.ReadParameters(NodesToRead=wanted)


def browsing(node: int, count: int) -> ua.BrowseParameters:
    wanted = ua.BrowseDescription(ua.NodeId(node), ua.BrowseDirection.Both, ResultMask=63)
    return ua.BrowseParameters(NodesToBrowse=[wanted] * count)


def path(*names: str) -> ua.BrowsePath:
    elements = [
        ua.RelativePathElement(ua.NodeId(33), False, True, ua.QualifiedName(name, 0)) for name in names
    ]
    return ua.BrowsePath(ua.NodeId(84), ua.RelativePath(elements))


async def turns_during(work: asyncio.Future[object]) -> int:
    """Count how often another task gets its turn until `work` is done."""
    turns = 0
    while not work.done():
        await asyncio.sleep(0)
        turns += 1
    return turns


async def test_large_read_is_answered_in_order_and_lets_others_in(session: InternalSession) -> None:
    whole = asyncio.ensure_future(session.read(reading(READ_NODES)))
    assert await turns_during(whole) >= READ_NODES // 100
    one_by_one = [(await session.read(reading(7)))[number % 7] for number in range(READ_NODES)]
    told = [(answer.StatusCode, answer.Value) for answer in whole.result()]
    assert told == [(answer.StatusCode, answer.Value) for answer in one_by_one]


async def test_paths_are_answered_in_order_and_let_others_in(session: InternalSession) -> None:
    asked = [path("Objects", "Server"), path("Objects", "no such thing")] * (PATHS // 2)
    whole = asyncio.ensure_future(session.translate_browsepaths_to_nodeids(asked))
    assert await turns_during(whole) >= PATHS // 10
    found = [[target.TargetId for target in answer.Targets] for answer in whole.result()]
    assert found == [[ua.NodeId(2253)], []] * (PATHS // 2)


async def test_references_are_bounded_for_a_request_and_not_from_one_to_the_next(
    session: InternalSession,
) -> None:
    """The type `Structure` has hundreds of subtypes here: a few of it pass, many do not, however they are cut."""
    (one,) = await session.browse(browsing(22, 1))
    few = 2_000 // len(one.References)
    assert few < 20
    for _ in range(3):
        answers = await session.browse(browsing(22, few))
        assert [len(answer.References) for answer in answers] == [len(one.References)] * few
    with pytest.raises(ServiceError) as refused:
        await session.browse(browsing(22, few + 10))
    assert refused.value.code == ua.StatusCodes.BadResponseTooLarge


async def test_more_operations_than_allowed_are_refused(session: InternalSession) -> None:
    for asking in (
        session.read(reading(READ_NODES + 1)),
        session.browse(browsing(85, BROWSE_NODES + 1)),
        session.translate_browsepaths_to_nodeids([path("Objects")] * (PATHS + 1)),
    ):
        with pytest.raises(ServiceError) as refused:
            await asking
        assert refused.value.code == ua.StatusCodes.BadTooManyOperations
