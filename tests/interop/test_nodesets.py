"""The Machinery and DI types that our address space carries, held against the published NodeSets."""

from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from asyncua import ua

from tools import npm
from twin.wire.opcua_machinery import DI_URI, MACHINERY_URI, Machines
from twin.wire.opcua_space import Space

pytestmark = pytest.mark.nodejs

XML = {"": "http://opcfoundation.org/UA/2011/03/UANodeSet.xsd"}
FILES = {MACHINERY_URI: "Opc.Ua.Machinery.NodeSet2.xml", DI_URI: "Opc.Ua.Di.NodeSet2.xml"}
OURS, DI, MACHINERY = 2, 3, 4


def published(uri: str) -> dict[str, ElementTree.Element]:
    root = ElementTree.parse(npm.PACKAGES / "node-opcua-nodesets" / "nodesets" / FILES[uri]).getroot()
    assert root.findtext("NamespaceUris/Uri", namespaces=XML) == uri
    return {found: node for node in root if (found := node.get("NodeId")) is not None}


def collected() -> Iterator[tuple[str, ua.AddNodesItem]]:
    space = Space(OURS)
    Machines(space, DI, MACHINERY).add_types()
    for item in space._items:
        yield MACHINERY_URI if item.RequestedNewNodeId.NamespaceIndex == MACHINERY else DI_URI, item


def parent(item: ua.AddNodesItem, uri: str) -> str:
    """Write the parent's NodeId as the NodeSet of `uri` does: in the Machinery NodeSet 1 is its own, 2 is DI."""
    node = item.ParentNodeId
    index = {MACHINERY: 1, DI: 1 if uri == DI_URI else 2, 0: 0}[node.NamespaceIndex]
    return f"ns={index};i={node.Identifier}" if index else f"i={node.Identifier}"


@pytest.mark.parametrize("uri", FILES)
def test_types_have_the_ids_and_names_of_the_standard(uri: str) -> None:
    nodes = published(uri)
    kinds = {
        "UAObjectType": ua.NodeClass.ObjectType, "UAObject": ua.NodeClass.Object, "UAVariable": ua.NodeClass.Variable,
    }  # fmt: skip
    checked = 0
    for space, item in collected():
        if space != uri:
            continue
        node = nodes[f"ns=1;i={item.RequestedNewNodeId.Identifier}"]
        assert kinds[node.tag.partition("}")[2]] == item.NodeClass
        assert (node.get("BrowseName") or "").rpartition(":")[2] == item.BrowseName.Name
        if item.NodeClass == ua.NodeClass.ObjectType:
            assert node.get("IsAbstract", "false") == str(item.NodeAttributes.IsAbstract).lower()
        back = {
            reference.text for reference in node.iterfind("References/Reference", XML)
            if reference.get("IsForward") == "false"
        }  # fmt: skip
        assert parent(item, uri) in back
        if item.BrowseName.Name == "StateNumber":
            number = node.find("Value", XML)
            assert number is not None
            assert "".join(number.itertext()).strip() == str(item.NodeAttributes.Value.Value)
        checked += 1
    assert checked >= {MACHINERY_URI: 21, DI_URI: 1}[uri]
