"""The actuator: commands that no other loop's can be mistaken for."""

from twin.control.actuator import Actuator


def test_commands_are_numbered_named_and_expire() -> None:
    """Two loops of one upgrade that act at the same moment have different ids: else one would count as a repeat."""
    one = Actuator(key="pdm", path="e/p/a/l/op10/service", validity=60.0)
    other = Actuator(key="pdm", path="e/p/a/l/op20/service", baseline=3.0)
    first, second = one.command(1.0, 1000, "worn"), one.command(1.0, 1000, "worn")
    assert (first.id, second.id) == ("pdm-op10/service-1-1000", "pdm-op10/service-2-1000")
    assert other.command(1.0, 1000, "worn").id == "pdm-op20/service-1-1000"
    assert (first.path, first.value, first.expires_ms) == ("e/p/a/l/op10/service", 1.0, 61_000)
    assert (first.source, first.reason) == ("controller:pdm", "worn")
    assert other.value == 3.0
