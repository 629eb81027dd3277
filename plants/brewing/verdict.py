"""What counts: the line's sauce, laid down with the koji, and what turns out not to be right first time."""

from plants.brewing import laws
from twin.model.unit import Unit


class Verdict:
    """The line's counts in t of sauce.

    Sauce is counted as processed while its koji is made (koji paces the line); what any unit finds off grade is owed
    and charged to the line as it goes on producing, at most all that it makes: so that no window has more defects
    than output. `found` is what was found, in t, by cause; `per_raw` the t of sauce that a t of raw material gives.
    """

    def __init__(self, line: Unit) -> None:
        self._line = line
        self.per_raw = laws.SAUCE_PER_RAW
        self._rework = 0.0
        self._scrap = 0.0
        self.found: dict[str, float] = {}

    @property
    def owed(self) -> float:
        """Found and not yet charged, t."""
        return self._rework + self._scrap

    def rework(self, cause: str, sauce: float) -> None:
        """Take note of `sauce` t that must be blended, filtered or filled again, or downgraded."""
        self._rework += sauce
        self.found[cause] = self.found.get(cause, 0.0) + sauce

    def scrap(self, cause: str, sauce: float) -> None:
        """Take note of `sauce` t that will never be made of what was lost."""
        self._scrap += sauce
        self.found[cause] = self.found.get(cause, 0.0) + sauce

    def produce(self, sauce: float) -> None:
        """Count `sauce` t as processed, and charge to it what is owed."""
        scrapped = min(self._scrap, sauce)
        reworked = min(self._rework, sauce - scrapped)
        self._scrap -= scrapped
        self._rework -= reworked
        self._line.count(sauce, scrapped=scrapped, reworked=reworked)
