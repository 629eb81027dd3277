"""Verdicts by `tck-id-*`: how often an assertion of Sparkplug 3.0.0 held in a recording, and where it did not."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from tests.interop.sparkplug_grader.packet import Packet

# Yields for each occasion on which the assertions were at stake whether they held, and what was looked at.
Finding: TypeAlias = tuple[bool, str]
Check: TypeAlias = Callable[[Sequence[Packet]], Iterator[Finding]]


@dataclass(slots=True)
class Verdict:
    """What a recording says of one assertion: `passed` occasions, and what failed. Neither: not applicable."""

    passed: int = 0
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rule:
    """Assertions that one check decides together; `ids` without the prefix `tck-id-`."""

    ids: tuple[str, ...]
    check: Check


class Profile:
    """The rules that one kind of program must keep; `rule` is the decorator that adds one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rules: list[Rule] = []

    def rule(self, *ids: str) -> Callable[[Check], Check]:
        """Add a check that decides `ids`."""

        def add(check: Check) -> Check:
            self.rules.append(Rule(ids, check))
            return check

        return add

    def grade(self, packets: Iterable[Packet], client: str) -> "Report":
        """Judge what `client` sent and received."""
        own = [packet for packet in packets if packet.client == client]
        report = Report(self.name)
        for rule in self.rules:
            for held, about in rule.check(own):
                for number in rule.ids:
                    verdict = report.verdicts.setdefault(number, Verdict())
                    if held:
                        verdict.passed += 1
                    else:
                        verdict.failures.append(about)
        report.not_applicable = {number for rule in self.rules for number in rule.ids} - set(report.verdicts)
        return report


class Report:
    """The verdicts of one profile."""

    def __init__(self, profile: str) -> None:
        self.profile = profile
        self.verdicts: dict[str, Verdict] = {}
        self.not_applicable: set[str] = set()

    @property
    def passed(self) -> list[str]:
        """Assertions that were at stake at least once and always held."""
        return [number for number, verdict in self.verdicts.items() if not verdict.failures]

    @property
    def failed(self) -> dict[str, list[str]]:
        """Assertions that did not hold, with what was looked at."""
        return {number: verdict.failures for number, verdict in self.verdicts.items() if verdict.failures}

    def __str__(self) -> str:
        """Say it in one line, with what failed below."""
        lines = [
            f"{self.profile}: {len(self.passed)} assertions passed, {len(self.failed)} failed, "
            f"{len(self.not_applicable)} not applicable"
        ]
        lines += [f"  tck-id-{number}: {', '.join(found[:3])}" for number, found in self.failed.items()]
        lines += [f"  not applicable: tck-id-{number}" for number in sorted(self.not_applicable)]
        return "\n".join(lines)
