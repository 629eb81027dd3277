"""The tag that a controller sets."""

from dataclasses import dataclass, field

from twin.model.command import Command


@dataclass(slots=True, kw_only=True)
class Actuator:
    """The writable tag at `path` that the upgrade `key` sets, and what is known of it.

    `baseline` is its value without a controller, `value` the one at which it stands. A `whole` one is a switch or an
    index: it can be set or left, not set in part. Its commands are valid for `validity` s.
    """

    key: str
    path: str
    baseline: float = 0.0
    whole: bool = False
    validity: float = 300.0
    value: float = field(init=False)
    _count: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.value = self.baseline

    def command(self, value: float, time_ms: int, reason: str) -> Command:
        """Return the command that sets `value`; its id names the tag, since an upgrade may have many loops."""
        self._count += 1
        unit, _, tag = self.path.rpartition("/")
        return Command(
            id=f"{self.key}-{unit.rpartition('/')[2]}/{tag}-{self._count}-{time_ms}",
            path=self.path,
            value=value,
            expires_ms=time_ms + round(self.validity * 1000),
            source=f"controller:{self.key}",
            reason=reason,
        )
