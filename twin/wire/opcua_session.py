"""What one OPC UA client may ask for at a time: asyncua's sessions with owners, sizes and counts."""

# asyncua's annotations name its own integer and text types and its modules re-export implicitly.
# mypy: disable-error-code="arg-type, attr-defined"

import asyncio
import math
import secrets as random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.address_space import ViewService
from asyncua.server.internal_server import InternalServer
from asyncua.server.internal_session import InternalSession

from twin.wire.opcua_access import Users, caller, is_edge

_codes = ua.StatusCodes
READ_NODES, BROWSE_NODES, PATHS, CALLS, ITEMS = 1_000, 100, 200, 10, 1_000  # of one request
_PART, _SLOW_PART = 100, 10  # operations at a stretch, of slow ones fewer: others are served in between
_ANSWER_BYTES = 8 * 1024 * 1024  # texts and byte strings of one answer, and of all that one session monitors
_ANSWER_REFERENCES = 2_000  # looked at for one request to browse
_PATH_STEPS = 20_000  # references looked at for the paths of one request
_SUBSCRIPTIONS, _READERS_SUBSCRIPTIONS, _OWN_SUBSCRIPTIONS = 100, 80, 10
_OWN_ITEMS = 5_000
_QUEUE = 100  # values of one item that wait for a slow client
_INTERVAL_MS = (50.0, 60_000.0)
_CONNECTIONS = 50

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")


class _View(ViewService):
    """asyncua's browsing with an end: paths that branch at each step would double for ever."""

    left = math.inf  # references that a request may still look at; the server itself browses without an end

    def _browse(self, desc: ua.BrowseDescription) -> ua.BrowseResult:
        self.left -= len(self._aspace[desc.NodeId].references) if desc.NodeId in self._aspace else 1
        if self.left < 0:
            raise ServiceError(_codes.BadResponseTooLarge)
        return super()._browse(desc)

    def _find_elements_in_node(self, el: ua.RelativePathElement, nodeid: ua.NodeId) -> list[ua.NodeId]:
        self.left -= len(self._aspace[nodeid].references) if nodeid in self._aspace else 1
        if self.left < 0:
            raise ServiceError(_codes.BadTooManyOperations)
        return super()._find_elements_in_node(el, nodeid) if nodeid in self._aspace else []


class _Session(InternalSession):
    """A session that touches its own subscriptions only, asks within limits, and whose calls know the caller."""

    async def call(self, params: list[ua.CallMethodRequest]) -> list[ua.CallMethodResult]:
        _at_most(CALLS, params)
        token = caller.set(self.user if self.external else None)
        try:
            return await super().call(params)
        finally:
            caller.reset(token)

    async def read(self, params: ua.ReadParameters) -> list[ua.DataValue]:
        _at_most(READ_NODES, params.NodesToRead)
        read = super().read
        results = await _in_parts(
            _PART, params.NodesToRead, lambda part: read(replace(params, NodesToRead=part))
        )
        if sum(map(_size, results)) > _ANSWER_BYTES:
            raise ServiceError(_codes.BadResponseTooLarge)
        return results

    async def browse(self, params: ua.BrowseParameters) -> list[ua.BrowseResult]:
        _at_most(BROWSE_NODES, params.NodesToBrowse)
        browse = super().browse
        return await self._looking(
            _ANSWER_REFERENCES, params.NodesToBrowse, lambda part: browse(replace(params, NodesToBrowse=part))
        )

    async def translate_browsepaths_to_nodeids(
        self, params: list[ua.BrowsePath]
    ) -> list[ua.BrowsePathResult]:
        _at_most(PATHS, params)
        return await self._looking(_PATH_STEPS, params, super().translate_browsepaths_to_nodeids)

    async def _looking(
        self,
        references: int,
        asked: list[_Asked] | None,
        do: Callable[[list[_Asked]], Awaitable[list[_Answer]]],
    ) -> list[_Answer]:
        """Do a request in parts that look at `references` at most together."""
        view, left = self.iserver.view_service, float(references)

        async def look(part: list[_Asked]) -> list[_Answer]:
            nonlocal left
            view.left = left  # nothing else runs until the part is done
            try:
                return await do(part)
            finally:
                left, view.left = view.left, math.inf

        return await _in_parts(_SLOW_PART, asked, look)

    # -- subscriptions -------------------------------------------------------------------------------------

    async def create_subscription(
        self,
        params: ua.CreateSubscriptionParameters,
        callback: Callable[..., Any],
        request_callback: Callable[..., Any] | None = None,
    ) -> ua.CreateSubscriptionResult:
        known = self.subscription_service.subscriptions
        # Readers never take the last ones: the edge must find room.
        full = len(known) >= (_SUBSCRIPTIONS if is_edge(self.user) else _READERS_SUBSCRIPTIONS)
        if self.external and (full or len(self._own()) >= _OWN_SUBSCRIPTIONS):
            raise ServiceError(_codes.BadTooManySubscriptions)
        least, most = _INTERVAL_MS
        wanted = params.RequestedPublishingInterval
        params.RequestedPublishingInterval = min(max(wanted, least), most) if math.isfinite(wanted) else most
        return await super().create_subscription(params, callback, request_callback)

    async def create_monitored_items(
        self, params: ua.CreateMonitoredItemsParameters
    ) -> list[ua.MonitoredItemCreateResult]:
        self._check_owner(params.SubscriptionId)
        asked = params.ItemsToCreate
        _at_most(ITEMS, asked)
        watched = [
            item.read_value_id
            for subscription in self._own().values()
            for item in subscription.monitored_item_srv._monitored_items.values()  # noqa: SLF001 (no public way)
        ]
        watched += [item.ItemToMonitor for item in asked]
        size = sum(_size(self.aspace.read_attribute_value(one.NodeId, one.AttributeId)) for one in watched)
        if len(watched) > _OWN_ITEMS or size > _ANSWER_BYTES:
            raise ServiceError(_codes.BadTooManyMonitoredItems)
        create = super().create_monitored_items
        return await _in_parts(_SLOW_PART, asked, lambda part: create(replace(params, ItemsToCreate=part)))

    async def modify_monitored_items(
        self, params: ua.ModifyMonitoredItemsParameters
    ) -> list[ua.MonitoredItemModifyResult]:
        self._check_owner(params.SubscriptionId)
        _at_most(ITEMS, params.ItemsToModify)
        for item in params.ItemsToModify:
            item.RequestedParameters.QueueSize = min(max(item.RequestedParameters.QueueSize, 1), _QUEUE)
        return await super().modify_monitored_items(params)

    async def delete_monitored_items(self, params: ua.DeleteMonitoredItemsParameters) -> list[ua.StatusCode]:
        self._check_owner(params.SubscriptionId)
        return await super().delete_monitored_items(params)

    async def set_monitoring_mode(self, params: ua.SetMonitoringModeParameters) -> list[ua.StatusCode]:
        self._check_owner(params.SubscriptionId)
        return await super().set_monitoring_mode(params)

    async def set_publishing_mode(self, params: ua.SetPublishingModeParameters) -> list[ua.StatusCode]:
        for number in params.SubscriptionIds:
            self._check_owner(number)
        return await super().set_publishing_mode(params)

    def modify_subscription(self, params: ua.ModifySubscriptionParameters) -> ua.ModifySubscriptionResult:
        self._check_owner(params.SubscriptionId)
        return super().modify_subscription(params)

    async def delete_subscriptions(self, ids: list[int]) -> list[ua.StatusCode]:
        own = self._own()
        if self.external and any(number not in own for number in ids):
            deleted = {number: ua.StatusCode(_codes.BadSubscriptionIdInvalid) for number in ids}
            mine = [number for number in ids if number in own]
            deleted |= dict(zip(mine, await super().delete_subscriptions(mine), strict=True))
            return [deleted[number] for number in ids]
        return await super().delete_subscriptions(ids)

    def publish(self, acks: Iterable[ua.SubscriptionAcknowledgement] | None = None) -> tuple[int, list[Any]]:
        own = self._own()
        if not own:
            raise ServiceError(_codes.BadNoSubscription)
        given = list(acks or [])
        _, answers = super().publish([ack for ack in given if ack.SubscriptionId in own])
        waiting = iter(answers)
        unknown = ua.StatusCode(_codes.BadSubscriptionIdInvalid)
        return len(own), [next(waiting) if ack.SubscriptionId in own else unknown for ack in given]

    def republish(self, params: ua.RepublishParameters) -> ua.NotificationMessage:
        self._check_owner(params.SubscriptionId)
        return super().republish(params)

    def _own(self) -> dict[int, Any]:
        known = self.subscription_service.subscriptions
        return {number: one for number, one in known.items() if one.session_id == self.session_id}

    def _check_owner(self, number: int) -> None:
        if number not in self._own():
            raise ServiceError(_codes.BadSubscriptionIdInvalid)


class GuardedCore(InternalServer):
    """asyncua's server core with our users, sessions and limits."""

    def __init__(self, password: str, *, anonymous: bool) -> None:
        super().__init__(user_manager=Users(password, anonymous=anonymous))
        self.view_service = _View(self.aspace)
        self.allow_remote_admin = False
        self.max_session_timeout_ms = 60_000
        self.max_connections = _CONNECTIONS
        self.max_pending_activation_seconds = 5.0
        self.max_subscriptions = _SUBSCRIPTIONS
        self.max_monitored_item_queue_size = _QUEUE
        self.max_unacked_messages_per_subscription = _QUEUE
        tokens = (ua.AnonymousIdentityToken, ua.UserNameIdentityToken)
        self.supported_tokens = tokens if anonymous else tokens[1:]  # type: ignore[assignment]

    def create_session(self, name: str, user: User | None = None, external: bool = False) -> InternalSession:
        """Return a session of ours."""
        given = user or User(role=UserRole.Anonymous)
        return _Session(self, self.aspace, self.subscription_service, name, user=given, external=external)

    def register_external_session(self, session: InternalSession) -> None:
        """Give the session a token that nobody guesses: asyncua counts them up."""
        session.auth_token = ua.NodeId(random.token_bytes(32), 0, ua.NodeIdType.ByteString)
        super().register_external_session(session)

    def lookup_external_session(self, auth_token: ua.NodeId) -> InternalSession | None:
        """Return None: a session lives and ends with its channel, no other may take it over."""
        return None


def operation_limits() -> dict[int, int]:
    """Return what a client may read about the limits: numeric NodeId of the variable to its value."""
    place = "Server_ServerCapabilities_OperationLimits_MaxNodesPer"
    names = {
        f"{place}Read": READ_NODES, f"{place}Browse": BROWSE_NODES, f"{place}MethodCall": CALLS,
        f"{place}TranslateBrowsePathsToNodeIds": PATHS,
        "Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall": ITEMS,
    }  # fmt: skip
    return {getattr(ua.ObjectIds, name): value for name, value in names.items()}


def _at_most(limit: int, operations: list[Any] | None) -> None:
    if operations is not None and len(operations) > limit:
        raise ServiceError(_codes.BadTooManyOperations)


async def _in_parts(
    size: int,
    asked: list[_Asked] | None,
    do: Callable[[list[_Asked]], Awaitable[list[_Answer]]],
) -> list[_Answer]:
    """Do operations, `size` at a stretch; a large request keeps nobody waiting."""
    answers: list[_Answer] = []
    for start in range(0, len(asked or ()), size):
        if start:
            await asyncio.sleep(0)
        answers += await do((asked or [])[start : start + size])
    return answers


def _size(value: ua.DataValue) -> int:
    """Return the bytes of a text or byte string, 0 for everything else: nothing else here is large."""
    content = value.Value.Value if value.Value is not None else None
    return len(content) if isinstance(content, str | bytes) else 0
