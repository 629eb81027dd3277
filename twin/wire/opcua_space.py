"""The address space of a plant: an object a path segment, a variable a tag, the properties that describe it."""

# asyncua's annotations name its own integer and text types and its modules re-export implicitly.
# mypy: disable-error-code="arg-type, attr-defined"

from asyncua import ua
from asyncua.server.internal_server import InternalServer

from twin.model.declaration import Declaration, TagDeclaration
from twin.model.measure import measure_unit
from twin.model.tag import Kind

_UNECE = "http://www.opcfoundation.org/UA/units/un/cefact"
_ORGANIZES = ua.NodeId(ua.ObjectIds.Organizes)
_COMPONENT = ua.NodeId(ua.ObjectIds.HasComponent)
_PROPERTY = ua.NodeId(ua.ObjectIds.HasProperty)
_FOLDER = ua.NodeId(ua.ObjectIds.FolderType)
_OBJECT = ua.NodeId(ua.ObjectIds.BaseObjectType)
_PROPERTY_TYPE = ua.NodeId(ua.ObjectIds.PropertyType)
_PLAIN = ua.NodeId(ua.ObjectIds.BaseDataVariableType)
_WAITING = ua.StatusCode(ua.StatusCodes.BadWaitingForInitialData)
_ANALOG_KINDS = frozenset({Kind.COUNT, Kind.MEASURE, Kind.SETPOINT, Kind.PARAMETER})
_READ_ONLY = ua.AccessLevel.CurrentRead.mask
_READ_WITH_HISTORY = _READ_ONLY | ua.AccessLevel.HistoryRead.mask
_WITHOUT_HISTORY = frozenset({Kind.TEXT, Kind.PARAMETER})


class Space:
    """Collects nodes and adds them in one call; one call a node makes a plant of 1,000 tags slow to start."""

    def __init__(self, namespace: int) -> None:
        self.namespace = namespace
        self._items: list[ua.AddNodesItem] = []
        self._references: list[ua.AddReferencesItem] = []
        self._waiting: list[ua.NodeId] = []
        self.historized: list[ua.NodeId] = []

    def node_id(self, path: str) -> ua.NodeId:
        """Return the NodeId of a path."""
        return ua.NodeId(path, self.namespace)

    def folder(self, path: str, title: str = "", *, is_object: bool = False) -> None:
        """Add an object at `path` below its parent's path."""
        item = self._item(path, ua.NodeClass.Object, _OBJECT if is_object else _FOLDER)
        attributes = ua.ObjectAttributes()
        attributes.DisplayName = ua.LocalizedText(title or path.rpartition("/")[2])
        attributes.Description = ua.LocalizedText(title)
        item.NodeAttributes = attributes
        if "/" not in path:
            item.ParentNodeId = ua.NodeId(ua.ObjectIds.ObjectsFolder)
            item.ReferenceTypeId = _ORGANIZES

    def variable(
        self, path: str, kind: ua.VariantType, description: str = "", type_id: ua.NodeId = _PLAIN,
        *, historized: bool = False,
    ) -> None:  # fmt: skip
        """Add a read-only variable that waits for its first value; `historized` promises its raw history."""
        item = self._item(path, ua.NodeClass.Variable, type_id)
        attributes = _attributes(path.rpartition("/")[2], description, ua.Variant(), kind)
        if historized:
            attributes.AccessLevel = attributes.UserAccessLevel = _READ_WITH_HISTORY
            attributes.Historizing = True
            self.historized.append(item.RequestedNewNodeId)
        item.NodeAttributes = attributes
        self._waiting.append(item.RequestedNewNodeId)

    def standard_property(
        self, owner: str, name: str, value: ua.Variant, data_type: ua.NodeId | None = None
    ) -> None:
        """Add a property whose name OPC UA defines."""
        item = self._item(f"{owner}/{name}", ua.NodeClass.Variable, _PROPERTY_TYPE)
        item.RequestedNewNodeId = self.node_id(f"{owner}.{name}")
        item.BrowseName = ua.QualifiedName(name, 0)
        item.ReferenceTypeId = _PROPERTY
        item.NodeAttributes = _attributes(name, "", value, value.VariantType, data_type)

    def _item(self, path: str, node_class: ua.NodeClass, type_id: ua.NodeId) -> ua.AddNodesItem:
        parent, _, name = path.rpartition("/")
        item = ua.AddNodesItem()
        item.RequestedNewNodeId = self.node_id(path)
        item.BrowseName = ua.QualifiedName(name, self.namespace)
        item.NodeClass = node_class
        item.ParentNodeId = self.node_id(parent)
        item.ReferenceTypeId = _COMPONENT
        item.TypeDefinition = type_id
        self._items.append(item)
        return item

    # -- nodes of the standards ----------------------------------------------------------------------------

    def add(
        self, node: ua.NodeId, name: ua.QualifiedName, parent: ua.NodeId, reference: int,
        node_class: ua.NodeClass, attributes: ua.ObjectAttributes | ua.ObjectTypeAttributes | ua.VariableAttributes,
        *, type_id: ua.NodeId,
    ) -> None:  # fmt: skip
        """Add a node with ids of its own choice; `reference` is the numeric id of the parent's reference to it."""
        item = ua.AddNodesItem()
        item.RequestedNewNodeId = node
        item.BrowseName = name
        item.NodeClass = node_class
        item.ParentNodeId = parent
        item.ReferenceTypeId = ua.NodeId(reference)
        item.TypeDefinition = type_id
        item.NodeAttributes = attributes
        self._items.append(item)

    def add_object(
        self, node: ua.NodeId, name: ua.QualifiedName, parent: ua.NodeId, reference: int, type_id: ua.NodeId
    ) -> None:
        """Add an object."""
        attributes = ua.ObjectAttributes()
        attributes.DisplayName = ua.LocalizedText(name.Name)
        self.add(node, name, parent, reference, ua.NodeClass.Object, attributes, type_id=type_id)

    def add_variable(
        self, node: ua.NodeId, name: ua.QualifiedName, parent: ua.NodeId, value: ua.Variant, type_id: ua.NodeId
    ) -> None:  # fmt: skip
        """Add a read-only variable with its first value."""
        attributes = _attributes(name.Name, "", value, value.VariantType)
        self.add(
            node, name, parent, ua.ObjectIds.HasComponent, ua.NodeClass.Variable, attributes, type_id=type_id
        )

    def add_property(
        self, node: ua.NodeId, name: ua.QualifiedName, parent: ua.NodeId, value: ua.Variant
    ) -> None:
        """Add a property with its value."""
        attributes = _attributes(name.Name, "", value, value.VariantType)
        self.add(
            node, name, parent, ua.ObjectIds.HasProperty, ua.NodeClass.Variable, attributes,
            type_id=_PROPERTY_TYPE,
        )  # fmt: skip

    def refer(self, source: ua.NodeId, reference: int, target: ua.NodeId) -> None:
        """Add a reference between two nodes, seen from both."""
        for one, other, forward in ((source, target, True), (target, source, False)):
            item = ua.AddReferencesItem()
            item.SourceNodeId, item.TargetNodeId = one, other
            item.ReferenceTypeId, item.IsForward = ua.NodeId(reference), forward
            item.TargetNodeClass = ua.NodeClass.Object
            self._references.append(item)

    async def add_to(self, core: InternalServer) -> None:
        """Add everything that was collected."""
        for result in await core.isession.add_nodes(self._items):
            result.StatusCode.check()
        for code in await core.isession.add_references(self._references):
            code.check()
        for node in self._waiting:
            await core.write_attribute_value(node, ua.DataValue(StatusCode=_WAITING))
        self._items, self._references, self._waiting = [], [], []


def _attributes(
    name: str, description: str, value: ua.Variant, kind: ua.VariantType, data_type: ua.NodeId | None = None
) -> ua.VariableAttributes:
    attributes = ua.VariableAttributes()
    attributes.DisplayName = ua.LocalizedText(name)
    attributes.Description = ua.LocalizedText(description)
    attributes.DataType = data_type or ua.NodeId(kind.value)
    attributes.ValueRank = ua.ValueRank.Scalar
    attributes.AccessLevel = _READ_ONLY
    attributes.UserAccessLevel = _READ_ONLY
    attributes.Value = value
    return attributes


def describe_plant(space: Space, declaration: Declaration) -> None:
    """Collect the objects, variables and properties of a plant."""
    line = declaration.line_path
    segments = line.split("/")
    for depth in range(1, len(segments) + 1):
        title = declaration.title if depth == len(segments) else ""
        space.folder("/".join(segments[:depth]), title, is_object=depth == len(segments))
    for unit in declaration.units:
        space.folder(unit.path, unit.title, is_object=True)
        for tag in unit.tags:
            _describe_tag(space, f"{unit.path}/{tag.name}", tag)
    frames = f"{line}/frames"
    space.folder(frames, "Frame channel", is_object=True)
    space.variable(f"{frames}/head", ua.VariantType.Int64, "newest journal position")
    space.variable(f"{frames}/journal", ua.VariantType.ByteString, "identity of the journal")
    space.variable(f"{frames}/declaration", ua.VariantType.String, "declaration of the newest epoch, JSON")
    space.variable(
        f"{frames}/status", ua.VariantType.String, "phase, lag behind the clock, journal depth, drops, JSON"
    )
    if declaration.faults:
        space.folder(f"{line}/faults", "Faults that can be injected", is_object=True)


def _describe_tag(space: Space, path: str, tag: TagDeclaration) -> None:
    historized = tag.kind not in _WITHOUT_HISTORY
    if tag.kind is Kind.TEXT:
        space.variable(path, ua.VariantType.String, tag.description)
    elif tag.kind not in _ANALOG_KINDS:
        space.variable(path, ua.VariantType.Double, tag.description, historized=historized)
    else:
        ranged = tag.low is not None and tag.high is not None
        type_id = ua.ObjectIds.AnalogUnitRangeType if ranged else ua.ObjectIds.AnalogUnitType
        space.variable(
            path, ua.VariantType.Double, tag.description, ua.NodeId(type_id), historized=historized
        )
        unit = measure_unit(tag.unit)
        information = ua.EUInformation()
        information.NamespaceUri = _UNECE
        information.UnitId = unit.unit_id
        information.DisplayName = ua.LocalizedText(unit.display)
        information.Description = ua.LocalizedText(tag.unit)
        space.standard_property(
            path, "EngineeringUnits", ua.Variant(information, ua.VariantType.ExtensionObject),
            ua.NodeId(ua.ObjectIds.EUInformation),
        )  # fmt: skip
    if tag.kind is not Kind.TEXT and tag.low is not None and tag.high is not None:
        span = ua.Variant(ua.Range(Low=tag.low, High=tag.high), ua.VariantType.ExtensionObject)
        space.standard_property(path, "EURange", span, ua.NodeId(ua.ObjectIds.Range))
    limits = {"LowLowLimit": tag.lolo, "LowLimit": tag.lo, "HighLimit": tag.hi, "HighHighLimit": tag.hihi}
    for name, limit in limits.items():
        if limit is not None:
            space.standard_property(path, name, ua.Variant(float(limit), ua.VariantType.Double))
