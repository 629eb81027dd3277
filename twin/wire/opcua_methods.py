"""The methods of a plant's OPC UA server: the frame channel's, and two for faults."""

# asyncua's annotations name its own integer and text types and its modules re-export implicitly.
# mypy: disable-error-code="arg-type, attr-defined"

from collections.abc import Awaitable, Callable
from typing import Any

from asyncua import Server, ua

from twin.wire.channel import Channel
from twin.wire.opcua_access import caller_is_edge
from twin.wire.opcua_faults import inject_fault, reset_fault
from twin.wire.opcua_space import Space

_LEDGER_BYTES = 3 * 1024 * 1024
_Work = Callable[..., Awaitable[list[ua.Variant]]]
_Methods = dict[str, tuple[_Work, dict[str, ua.VariantType], dict[str, ua.VariantType]]]


class Methods:
    """What the user `edge` may call; everybody else is refused."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel

    async def add_to(self, server: Server, space: Space) -> None:
        """Add the methods to the objects `frames` and `faults` of the line."""
        kinds = ua.VariantType
        whole, text, raw, unsigned = kinds.Int64, kinds.String, kinds.ByteString, kinds.UInt64
        methods: _Methods = {
            "declare": (self._declare, {"epoch": unsigned}, {"declaration": text}),
            "fetch": (self._fetch, {"position": whole, "max_bytes": whole}, {"parcel": raw}),
            "acknowledge": (self._acknowledge, {"journal": raw, "upto": whole}, {}),
            "ledger": (self._ledger, {}, {"ledger": text}),
            "command": (self._command, {"json": text}, {"reason": text}),
        }
        await _offer(server, space, f"{self.channel.declaration.line_path}/frames", methods)
        if self.channel.declaration.faults:
            trigger = {"key": text, "at": text, "after": kinds.Double, "when": text}
            faults: _Methods = {
                "inject_fault": (self._inject_fault, trigger, {"reason": text}),
                "reset_fault": (self._reset_fault, {"key": text}, {"reason": text}),
            }
            await _offer(server, space, f"{self.channel.declaration.line_path}/faults", faults)

    async def _declare(self, epoch: int) -> list[ua.Variant]:
        return [ua.Variant(await self.channel.declare(epoch), ua.VariantType.String)]

    async def _fetch(self, position: int, max_bytes: int) -> list[ua.Variant]:
        return [ua.Variant(await self.channel.fetch(position, max_bytes), ua.VariantType.ByteString)]

    async def _acknowledge(self, journal: bytes, upto: int) -> list[ua.Variant]:
        await self.channel.acknowledge(journal, upto)
        return []

    async def _ledger(self) -> list[ua.Variant]:
        return [ua.Variant(await self.channel.ledger(_LEDGER_BYTES), ua.VariantType.String)]

    async def _command(self, text: str) -> list[ua.Variant]:
        return [ua.Variant(await self.channel.command(text), ua.VariantType.String)]

    async def _inject_fault(self, key: str, at: str, after: float, when: str) -> list[ua.Variant]:
        reason = await inject_fault(self.channel, key, at, after, when)
        return [ua.Variant(reason, ua.VariantType.String)]

    async def _reset_fault(self, key: str) -> list[ua.Variant]:
        return [ua.Variant(await reset_fault(self.channel, key), ua.VariantType.String)]


async def _offer(server: Server, space: Space, path: str, methods: _Methods) -> None:
    """Add `methods` to the object at `path`: name -> what it does, its inputs, its outputs."""
    owner = server.get_node(space.node_id(path))
    for name, (work, inputs, outputs) in methods.items():
        await owner.add_method(
            space.node_id(f"{path}/{name}"), ua.QualifiedName(name, space.namespace),
            _guarded(work, tuple(inputs.values())),
            [_argument(*each) for each in inputs.items()], [_argument(*each) for each in outputs.items()],
        )  # fmt: skip


def _guarded(work: _Work, kinds: tuple[ua.VariantType, ...]) -> Callable[..., Awaitable[Any]]:
    """Wrap a method: only `edge`, only arguments of the declared types, and no exception reaches asyncua."""

    async def call(_parent: ua.NodeId, *given: ua.Variant) -> Any:
        if not caller_is_edge():
            return ua.StatusCode(ua.StatusCodes.BadUserAccessDenied)
        if len(given) != len(kinds):
            codes = ua.StatusCodes
            return ua.StatusCode(
                codes.BadArgumentsMissing if len(given) < len(kinds) else codes.BadTooManyArguments
            )
        whole = (ua.VariantType.Int64, ua.VariantType.UInt64)
        for argument, kind in zip(given, kinds, strict=True):
            fits = argument.VariantType == kind or (kind in whole and argument.VariantType in whole)
            if not fits or argument.Value is None or isinstance(argument.Value, list):
                return ua.StatusCode(ua.StatusCodes.BadInvalidArgument)
        return await work(*(argument.Value for argument in given))

    return call


def _argument(name: str, kind: ua.VariantType) -> ua.Argument:
    argument = ua.Argument()
    argument.Name = name
    argument.DataType = ua.NodeId(kind.value)
    argument.ValueRank = ua.ValueRank.Scalar
    return argument
