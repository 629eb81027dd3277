"""What a check of a plant finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A promise that a plant breaks: `file` and `field` say where, `remedy` how to keep it."""

    file: str
    field: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}: {self.field}: {self.problem}; {self.remedy}"
