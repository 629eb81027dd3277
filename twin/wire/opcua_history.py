"""Raw history of a plant's variables over OPC UA: what they have shown since the server started, in bounded memory."""

# asyncua's annotations name its own integer and text types and its modules re-export implicitly.
# mypy: disable-error-code="arg-type, attr-defined"

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.server.history import HistoryManager, HistoryStorageInterface
from asyncua.server.internal_server import InternalServer

VALUES_KEPT = 2_000_000  # of all variables together: 32 MB
ANSWER_VALUES = 5_000  # of all nodes of one request: some 0.1 s of work
REQUEST_NODES = 100
_MOST_OF_ONE = 20_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_GIVEN = ua.get_win_epoch()


class _Series:
    """Times (UTC ms, rising) and values of one variable; the older half goes when `most` are there."""

    __slots__ = ("most", "times", "values")

    def __init__(self, most: int) -> None:
        self.most = most
        self.times: array[int] = array("q")
        self.values: array[float] = array("d")

    def append(self, time_ms: int, value: float) -> None:
        if self.times and time_ms <= self.times[-1]:
            return
        if len(self.times) >= self.most:
            del self.times[: self.most // 2]
            del self.values[: self.most // 2]
        self.times.append(time_ms)
        self.values.append(value)


class Storage(HistoryStorageInterface):
    """The values of the variables that are historised; every variable may keep the same number of them."""

    def __init__(self, nodes: Iterable[ua.NodeId], *, kept: int = VALUES_KEPT) -> None:
        super().__init__(ANSWER_VALUES)
        found = list(nodes)
        most = max(2, min(_MOST_OF_ONE, kept // max(1, len(found))))
        self._series = {node: _Series(most) for node in found}

    def __contains__(self, node: ua.NodeId) -> bool:
        """Tell whether `node` is historised."""
        return node in self._series

    def keep(self, node: ua.NodeId, time_ms: int, value: float) -> None:
        """Remember what a variable shows; ignored for one that is not historised, and for what is not newer."""
        series = self._series.get(node)
        if series is not None:
            series.append(time_ms, value)

    async def init(self) -> None:
        """Need nothing."""

    async def stop(self) -> None:
        """Release nothing."""

    async def read_node_history(
        self, node_id: ua.NodeId, start: datetime | None, end: datetime | None, nb_values: int
    ) -> tuple[list[ua.DataValue], datetime | None]:
        """Return values from `start` on and before `end`, backwards where `start` is later or missing.

        The second result is the time at which the next request has to go on, None when that was all.
        """
        series = self._series[node_id]
        begin, until = _ms(start), _ms(end)
        backwards = begin is None or (until is not None and begin > until)
        places = _places(series.times, begin, until, backwards=backwards)
        limit = min(nb_values or self.max_history_data_response_size, self.max_history_data_response_size)
        chosen = places[:limit]
        values = [_data_value(series.times[place], series.values[place]) for place in chosen]
        # With one end only, the number of values is what was asked for, not a part of it.
        whole = nb_values == limit and (begin is None or until is None)
        more = len(places) > limit and not whole
        return values, _datetime(series.times[places[limit]]) if more else None


def _places(times: "array[int]", begin: int | None, until: int | None, *, backwards: bool) -> range:
    """Return the places in `times` in the order of the answer: `begin` belongs to it, `until` does not."""
    if begin is not None and begin == until:
        place = bisect_left(times, begin)
        return range(place, place + 1 if place < len(times) and times[place] == begin else place)
    if not backwards:
        first = bisect_left(times, begin or 0)
        return range(first, len(times) if until is None else bisect_left(times, until))
    if begin is None:  # backwards from `until`, with it: it is where the answer begins
        begin, until = until, None
    last = len(times) if begin is None else bisect_left(times, begin + 1)
    first = 0 if until is None else bisect_left(times, until + 1)
    return range(last - 1, first - 1, -1)


def _ms(moment: datetime | None) -> int | None:
    if moment is None or moment == _NOT_GIVEN:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return -(
        (_EPOCH - aware) // timedelta(milliseconds=1)
    )  # rounded up: what lies before it is not asked for


def _datetime(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000.0, UTC)


def _data_value(time_ms: int, value: float) -> ua.DataValue:
    moment = _datetime(time_ms)
    return ua.DataValue(
        ua.Variant(value, ua.VariantType.Double), SourceTimestamp=moment, ServerTimestamp=moment
    )


class History(HistoryManager):
    """HistoryRead within limits: of variables that are historised, so many nodes and values at a time."""

    def __init__(self, core: InternalServer, storage: Storage) -> None:
        super().__init__(core)
        self._kept = storage
        self.set_storage(storage)

    async def read_history(self, params: ua.HistoryReadParameters) -> list[ua.HistoryReadResult]:
        """Answer a HistoryRead request; raises ServiceError for one that asks for too many nodes."""
        nodes = params.NodesToRead or []
        if not nodes or len(nodes) > REQUEST_NODES:
            codes = ua.StatusCodes
            raise ServiceError(codes.BadTooManyOperations if nodes else codes.BadNothingToDo)
        details = params.HistoryReadDetails
        if isinstance(details, ua.ReadRawModifiedDetails):
            each = ANSWER_VALUES // len(nodes)
            details.NumValuesPerNode = min(details.NumValuesPerNode or each, each)
        return [await self._answer(details, node) for node in nodes]

    async def _answer(self, details: Any, node: ua.HistoryReadValueId) -> ua.HistoryReadResult:
        refused = self._refusal(details, node)
        if refused is not None:
            return ua.HistoryReadResult(StatusCode=ua.StatusCode(refused))
        try:
            return await self._read_history(details, node)
        except (ValueError, OverflowError, IndexError, KeyError):  # a continuation point that is none of ours
            return ua.HistoryReadResult(StatusCode=ua.StatusCode(ua.StatusCodes.BadContinuationPointInvalid))

    def _refusal(self, details: Any, node: ua.HistoryReadValueId) -> int | None:
        codes = ua.StatusCodes
        if not isinstance(details, ua.ReadRawModifiedDetails) or details.IsReadModified:
            return codes.BadHistoryOperationUnsupported
        if node.NodeId not in self._kept:
            known = node.NodeId in self.iserver.aspace
            return codes.BadHistoryOperationUnsupported if known else codes.BadNodeIdUnknown
        given = [moment for moment in (details.StartTime, details.EndTime) if _ms(moment) is not None]
        return None if given else codes.BadInvalidTimestampArgument


def capabilities() -> dict[int, ua.Variant]:
    """Return what a client may read about history: numeric NodeId of the variable to its value."""
    prefix = "HistoryServerCapabilities_"
    return {
        getattr(ua.ObjectIds, f"{prefix}AccessHistoryDataCapability"): ua.Variant(True),
        getattr(ua.ObjectIds, f"{prefix}MaxReturnDataValues"): ua.Variant(
            ANSWER_VALUES, ua.VariantType.UInt32
        ),
        ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerHistoryReadData: ua.Variant(
            REQUEST_NODES, ua.VariantType.UInt32
        ),
    }
