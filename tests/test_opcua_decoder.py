"""Lengths in OPC UA messages: what cannot be true is refused before anything is made from it."""

import struct

import pytest
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary, struct_to_binary, variant_from_binary, variant_to_binary

from tests.robustness.opcua_attacks import bombs
from twin.opcua_decoder import elements_at_most, guard_decoder


@pytest.fixture(autouse=True)
def guarded() -> None:
    guard_decoder()
    guard_decoder()  # once is enough, twice does no harm


def test_six_bytes_that_announce_an_array_of_nulls_are_refused() -> None:
    with pytest.raises(ua.UaError):
        variant_from_binary(Buffer(b"\x80\x00\x19\x07\x3f\xfb"))


def test_texts_of_negative_length_do_not_turn_the_decoder_back() -> None:
    many = b"\x8c" + struct.pack("<i", 12) + struct.pack("<i", -4) * 4
    with pytest.raises(ua.UaError):
        variant_from_binary(Buffer(many))


@pytest.mark.parametrize("place", range(len(bombs())))
def test_no_bomb_makes_more_than_a_request_may_have(place: int) -> None:
    """Refused with an exception, or decoded to something small."""
    try:
        with elements_at_most(1000):
            made = variant_from_binary(Buffer(bombs()[place]))
    except (ua.UaError, RecursionError):
        return
    assert not isinstance(made.Value, list) or len(made.Value) <= 1000


@pytest.mark.parametrize("value", [[1.5, 2.5], ["a", None, ""], [[1, 2], [3, 4]], None], ids=repr)
def test_true_arrays_are_decoded_as_before(value: object) -> None:
    made = variant_from_binary(Buffer(variant_to_binary(ua.Variant(value))))
    assert made.Value == value


def test_structures_with_lists_are_decoded_as_before() -> None:
    asked = ua.ReadParameters(NodesToRead=[ua.ReadValueId(ua.NodeId(2258), ua.AttributeIds.Value)] * 3)
    assert struct_from_binary(ua.ReadParameters, Buffer(struct_to_binary(asked))) == asked


def test_budget_holds_for_all_arrays_of_a_message_together() -> None:
    asked = ua.ReadParameters(NodesToRead=[ua.ReadValueId(ua.NodeId(2258), ua.AttributeIds.Value)] * 60)
    encoded = struct_to_binary(asked)
    with elements_at_most(100):
        struct_from_binary(ua.ReadParameters, Buffer(encoded))
        with pytest.raises(ua.UaError):
            struct_from_binary(ua.ReadParameters, Buffer(encoded))
