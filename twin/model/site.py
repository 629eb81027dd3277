"""The simulated time of one run, and what was built in it."""

from typing import TYPE_CHECKING

import simpy

if TYPE_CHECKING:
    from twin.model.unit import Unit


class Site(simpy.Environment):
    """A SimPy environment that knows the `units` built in it: one that is no part of the line is a mistake."""

    def __init__(self) -> None:
        super().__init__()
        self.units: list[Unit] = []
