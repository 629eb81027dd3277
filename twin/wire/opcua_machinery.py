"""Machines as OPC 40001-1 (Machinery basic building blocks 1.04) wants them: found, identified, with state and mode.

The types carry the numeric ids that the specification gives them, in its namespaces; only what instances here refer to
is there. A test holds them against the published NodeSets.
"""

# asyncua's annotations name its own integer and text types and its modules re-export implicitly.
# mypy: disable-error-code="arg-type, attr-defined"

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from asyncua import ua

from twin.model.declaration import Declaration, UnitDeclaration
from twin.model.state import Reason, State, category

if TYPE_CHECKING:
    from twin.wire.opcua_space import Space

DI_URI = "http://opcfoundation.org/UA/DI/"
MACHINERY_URI = "http://opcfoundation.org/UA/Machinery/"
MANUFACTURER = "smart factory twin"

_MACHINES = 1001
_FUNCTIONAL_GROUP_TYPE = 1005  # DI
_ITEM_IDENTIFICATION_TYPE, _MACHINE_IDENTIFICATION_TYPE = 1004, 1012
_ids = ua.ObjectIds


class ItemState(IntEnum):
    """MachineryItemState by StateNumber."""

    NOT_AVAILABLE = 0
    OUT_OF_SERVICE = 1
    NOT_EXECUTING = 2
    EXECUTING = 3


class OperationMode(IntEnum):
    """MachineryOperationMode by StateNumber."""

    NONE = 0
    MAINTENANCE = 1
    SETUP = 2
    PROCESSING = 3


@dataclass(frozen=True, slots=True)
class _Machine:
    """A state machine type: ids of the type, of its states and of their numbers, by StateNumber."""

    name: str
    type_id: int
    states: tuple[str, ...]
    state_ids: tuple[int, ...]
    number_ids: tuple[int, ...]


_STATE_MACHINES = (
    _Machine("MachineryItemState_StateMachineType", 1002,
             ("NotAvailable", "OutOfService", "NotExecuting", "Executing"),
             (5005, 5004, 5007, 5006), (6039, 6038, 6041, 6040)),
    _Machine("MachineryOperationModeStateMachineType", 1008,
             ("None", "Maintenance", "Setup", "Processing"),
             (5024, 5025, 5027, 5026), (6059, 6060, 6062, 6061)),
)  # fmt: skip
_STATE, _MODE = _STATE_MACHINES

_OUT_OF_SERVICE = frozenset({State.CLEARING, State.ABORTING, State.ABORTED})
_MODES: Mapping[str, OperationMode] = {
    Reason.CHANGEOVER: OperationMode.SETUP, Reason.TOOLING: OperationMode.MAINTENANCE,
    Reason.MAINTENANCE: OperationMode.MAINTENANCE, Reason.BREAK: OperationMode.NONE,
    Reason.NOT_SCHEDULED: OperationMode.NONE, Reason.NO_ORDER: OperationMode.NONE, "": OperationMode.NONE,
}  # fmt: skip


def item_state(state: int, reason: str) -> ItemState:
    """Return the MachineryItemState of a PackML state (0: nobody told) and its published reason.

    Set-up work is executed, in the mode Setup: so OPC 40001-1 Annex C tells set-up time from production time.

    >>> item_state(State.EXECUTE, "production").name
    'EXECUTING'
    >>> item_state(State.HELD, "micro_stop:jam").name
    'NOT_EXECUTING'
    """
    if not state:
        return ItemState.NOT_AVAILABLE
    if state in _OUT_OF_SERVICE or category(reason) == Reason.MAINTENANCE:
        return ItemState.OUT_OF_SERVICE
    executing = state == State.EXECUTE or category(reason) == Reason.CHANGEOVER
    return ItemState.EXECUTING if executing else ItemState.NOT_EXECUTING


def operation_mode(reason: str) -> OperationMode:
    """Return the MachineryOperationMode of a published reason.

    >>> operation_mode("changeover:die_7").name
    'SETUP'
    """
    return _MODES.get(category(reason), OperationMode.PROCESSING)


class Machines:
    """The machines of a plant: every unit but the line, which is not one.

    `di` and `machinery` are the indices of the standard's namespaces.
    """

    def __init__(self, space: "Space", di: int, machinery: int) -> None:
        self._space = space
        self._di = di
        self._machinery = machinery
        self._told: dict[int, dict[str, object]] = {}  # by the unit's place: the newest `state` and `reason`

    def _id(self, number: int) -> ua.NodeId:
        return ua.NodeId(number, self._machinery)

    def _name(self, text: str) -> ua.QualifiedName:
        return ua.QualifiedName(text, self._machinery)

    # -- types ---------------------------------------------------------------------------------------------

    def add_types(self) -> None:
        """Collect the types that the machines' nodes have, and the entry point `Machines`."""
        self._add_type(
            ua.NodeId(_FUNCTIONAL_GROUP_TYPE, self._di), ua.QualifiedName("FunctionalGroupType", self._di),
            ua.NodeId(_ids.FolderType), abstract=False,
        )  # fmt: skip
        self._add_type(
            self._id(_ITEM_IDENTIFICATION_TYPE), self._name("MachineryItemIdentificationType"),
            ua.NodeId(_FUNCTIONAL_GROUP_TYPE, self._di), abstract=True,
        )  # fmt: skip
        self._add_type(
            self._id(_MACHINE_IDENTIFICATION_TYPE), self._name("MachineIdentificationType"),
            self._id(_ITEM_IDENTIFICATION_TYPE), abstract=False,
        )  # fmt: skip
        for machine in _STATE_MACHINES:
            self._add_state_machine_type(machine)
        self._space.add_object(
            self._id(_MACHINES), self._name("Machines"), ua.NodeId(_ids.ObjectsFolder), _ids.Organizes,
            ua.NodeId(_ids.FolderType),
        )  # fmt: skip

    def _add_type(
        self, node: ua.NodeId, name: ua.QualifiedName, parent: ua.NodeId, *, abstract: bool
    ) -> None:
        attributes = ua.ObjectTypeAttributes()
        attributes.DisplayName = ua.LocalizedText(name.Name)
        attributes.IsAbstract = abstract
        self._space.add(
            node, name, parent, _ids.HasSubtype, ua.NodeClass.ObjectType, attributes, type_id=ua.NodeId()
        )

    def _add_state_machine_type(self, machine: _Machine) -> None:
        owner = self._id(machine.type_id)
        self._add_type(
            owner, self._name(machine.name), ua.NodeId(_ids.FiniteStateMachineType), abstract=False
        )
        for number, (name, state, property_id) in enumerate(
            zip(machine.states, machine.state_ids, machine.number_ids, strict=True)
        ):
            self._space.add_object(
                self._id(state), self._name(name), owner, _ids.HasComponent, ua.NodeId(_ids.StateType)
            )
            self._space.add_property(
                self._id(property_id), ua.QualifiedName("StateNumber"), self._id(state),
                ua.Variant(number, ua.VariantType.UInt32),
            )  # fmt: skip

    # -- instances -----------------------------------------------------------------------------------------

    def add_machines(self, declaration: Declaration, revision: str) -> None:
        """Collect every machine's building blocks; `revision` is the software's."""
        for place, unit in enumerate(declaration.units):
            if unit.role != "line":
                self._told[place] = {}
                self._add_machine(declaration, unit, revision)

    def _add_machine(self, declaration: Declaration, unit: UnitDeclaration, revision: str) -> None:
        machine = self._space.node_id(unit.path)
        self._space.refer(self._id(_MACHINES), _ids.Organizes, machine)
        blocks = self._space.node_id(f"{unit.path}.MachineryBuildingBlocks")
        self._space.add_object(
            blocks, self._name("MachineryBuildingBlocks"), machine, _ids.HasComponent, ua.NodeId(_ids.FolderType)
        )  # fmt: skip
        identification = self._space.node_id(f"{unit.path}.Identification")
        self._space.add_object(
            identification, ua.QualifiedName("Identification", self._di), machine, _ids.HasAddIn,
            self._id(_MACHINE_IDENTIFICATION_TYPE),
        )  # fmt: skip
        self._space.refer(blocks, _ids.HasAddIn, identification)
        for name, value in _identity(declaration, unit, revision).items():
            place = ua.QualifiedName(name, self._machinery if name == "Location" else self._di)
            self._space.add_property(
                self._space.node_id(f"{unit.path}.Identification.{name}"), place, identification, value
            )
        for name, kind in (("MachineryItemState", _STATE), ("MachineryOperationMode", _MODE)):
            self._add_state_machine(unit, blocks, name, kind)

    def _add_state_machine(self, unit: UnitDeclaration, blocks: ua.NodeId, name: str, kind: _Machine) -> None:
        space, path = self._space, f"{unit.path}.{name}"
        node, current = space.node_id(path), space.node_id(f"{path}.CurrentState")
        space.add_object(node, self._name(name), blocks, _ids.HasAddIn, self._id(kind.type_id))
        values = self._values(path, kind, 0)
        space.add_variable(
            current, ua.QualifiedName("CurrentState"), node, values[current], ua.NodeId(_ids.FiniteStateVariableType)
        )  # fmt: skip
        for part in ("Id", "Number"):
            place = space.node_id(f"{path}.CurrentState.{part}")
            space.add_property(place, ua.QualifiedName(part), current, values[place])

    def _values(self, path: str, kind: _Machine, number: int) -> dict[ua.NodeId, ua.Variant]:
        number, current = int(number), f"{path}.CurrentState"  # a plain integer goes on the wire
        return {
            self._space.node_id(current): ua.Variant(
                ua.LocalizedText(kind.states[number]), ua.VariantType.LocalizedText
            ),
            self._space.node_id(f"{current}.Id"): ua.Variant(
                self._id(kind.state_ids[number]), ua.VariantType.NodeId
            ),
            self._space.node_id(f"{current}.Number"): ua.Variant(number, ua.VariantType.UInt32),
        }

    # -- while the plant runs ------------------------------------------------------------------------------

    def note(self, unit: int, tag: str, value: object) -> bool:
        """Take a new value of the tag `state` or `reason`; return whether it says something about a machine."""
        if unit not in self._told or tag not in ("state", "reason"):
            return False
        self._told[unit][tag] = value
        return True

    def current(self, unit: UnitDeclaration, place: int) -> Iterator[tuple[ua.NodeId, ua.Variant]]:
        """Return what the state machines of `unit`, the declaration's `place`, show now."""
        told = self._told[place]
        state, reason = told.get("state", 0), str(told.get("reason", ""))
        number = int(state) if isinstance(state, int | float) else 0
        yield from self._values(f"{unit.path}.MachineryItemState", _STATE, item_state(number, reason)).items()
        yield from self._values(f"{unit.path}.MachineryOperationMode", _MODE, operation_mode(reason)).items()


def _identity(declaration: Declaration, unit: UnitDeclaration, revision: str) -> dict[str, ua.Variant]:
    """Return the identification of a simulated machine: what is true of it, no invented nameplate."""
    text, localized = ua.VariantType.String, ua.VariantType.LocalizedText
    return {
        "ProductInstanceUri": ua.Variant(f"urn:smart-factory-twin:{unit.path.replace('/', ':')}", text),
        "Manufacturer": ua.Variant(ua.LocalizedText(MANUFACTURER), localized),
        "SerialNumber": ua.Variant(f"{declaration.plant}-{unit.name}", text),
        "ComponentName": ua.Variant(ua.LocalizedText(unit.title), localized),
        "DeviceClass": ua.Variant(unit.kind, text),
        "Model": ua.Variant(ua.LocalizedText(f"{declaration.model or declaration.plant} {unit.kind}"), localized),
        "SoftwareRevision": ua.Variant(revision, text),
        "Location": ua.Variant(unit.path.rpartition("/")[0], text),
    }  # fmt: skip
