"""The turner of a koji disc: it breaks up clumps when a command asks for it, beside the turns of the recipe."""

from plants.brewing.beds import Beds
from twin.model.tag import Kind, Tag
from twin.model.unit_operation import UnitOperation


def offer_turning(unit: UnitOperation, beds: Beds, disc: int) -> None:
    """Publish of a disc what calls for other air, and the tags that ask for it and for a turn."""
    unit.measure("bed_deviation", lambda: beds.mean.item(disc) - beds.set_bed.item(disc), unit="K", sigma=0.4,
                 low=-30, high=30, description="mean of the bed against what the recipe wants")  # fmt: skip
    unit.setpoint("bed_offset", beds.bed_offset, disc, unit="K", low=-3, high=3,
                  description="added to the bed temperature that the air controller is to hold")  # fmt: skip

    def ask(value: float) -> None:
        beds.asked[disc] = round(value)

    unit.publish(
        Tag(name="turn", kind=Kind.STATE, low=0, high=1, read=lambda: beds.asked.item(disc), write=ask,
            description="1 asks for a turn of the bed; back at 0 when it was turned")
    )  # fmt: skip
