"""A recycle with purge around a converter: what does not react goes round again, what never reacts piles up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

GAS_CONSTANT = 8.314462618  # kJ/(kmol K), CODATA 2018


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A component of the circulating gas: molar `mass` in kg/kmol.

    `separated` is the share of it that the separator takes out of what leaves the converter (0: a gas that does
    not dissolve, 1: all of it).
    """

    name: str
    mass: float
    separated: float = 0.0

    def __post_init__(self) -> None:
        if not self.mass > 0.0 or not 0.0 <= self.separated <= 1.0:
            raise ValueError(
                f"component {self.name}: needs mass > 0 and separated in 0..1, not {self.mass}, {self.separated}"
            )


@dataclass(frozen=True, slots=True)
class Reaction:
    """What one kmol of extent makes (+) and uses (-) by component, in kmol; it must keep the mass."""

    name: str
    makes: Mapping[str, float] = field(default_factory=dict)


def recycled(fresh: float, *, converted: float, separated: float, purged: float) -> float:
    """Return the steady flow that comes back of a component fed with `fresh`, in the unit of `fresh`.

    R = (F + R) (1 - x) (1 - s) (1 - p), with the shares converted per pass x, separated s and purged p: what
    neither reacts nor is separated leaves by the purge alone. Raises ValueError when nothing lets it leave.

    >>> round(recycled(1.0, converted=0.0, separated=0.0, purged=0.02), 9)  # an inert goes round 49 times
    49.0
    """
    kept = (1.0 - converted) * (1.0 - separated) * (1.0 - purged)
    if not 0.0 <= kept < 1.0:
        raise ValueError(f"a component that leaves nowhere piles up for ever: share kept {kept}")
    return fresh * kept / (1.0 - kept)


class RecycleLoop:
    """The gas held in the loop, in kmol by component, from the separator through the compressor to the converter.

    The caller's law reads `amounts` and `pressure`, decides how much circulates, how far each reaction goes and what is
    purged, and calls `enter` and then `step`. What is moved is booked: `imbalance` tells the mass that was lost, and
    proves that none was. `volume` in m3, `temperature` in K, `amounts` in kmol.
    """

    def __init__(
        self,
        components: Sequence[Component],
        reactions: Sequence[Reaction],
        *,
        amounts: Mapping[str, float],
        volume: float,
        temperature: float,
    ) -> None:
        if not volume > 0.0 or not temperature > 0.0:
            raise ValueError(
                f"recycle loop: needs volume > 0 and temperature > 0, not {volume}, {temperature}"
            )
        names = [component.name for component in components]
        unknown = {name for reaction in reactions for name in reaction.makes} | set(amounts)
        unknown -= set(names)
        if unknown:
            raise ValueError(f"recycle loop: unknown components {sorted(unknown)}; it has {', '.join(names)}")
        masses = {component.name: component.mass for component in components}
        for reaction in reactions:
            made = sum(amount * masses[name] for name, amount in reaction.makes.items())
            turned = sum(abs(amount) * masses[name] for name, amount in reaction.makes.items())
            if abs(made) > 1e-9 * turned:
                raise ValueError(
                    f"reaction {reaction.name} makes {made:g} kg/kmol out of nothing: correct it"
                )
        self.names = tuple(names)
        self.masses = [component.mass for component in components]
        self.amounts = [amounts.get(name, 0.0) for name in names]
        self.separated = [component.separated for component in components]
        self._makes = [
            [(names.index(name), made) for name, made in reaction.makes.items()] for reaction in reactions
        ]
        self._scale = GAS_CONSTANT * temperature / volume / 1000.0  # MPa per kmol
        self.total = sum(self.amounts)
        self._fresh: Sequence[float] = [0.0] * len(names)
        self._circulation = 0.0
        self.inlet = [0.0] * len(names)  # kmol/s into the converter
        self.liquid = [0.0] * len(names)  # kmol/s separated in the last step
        self.purge = [0.0] * len(names)  # kmol/s purged in the last step
        self._opening = self.mass
        self.fed = self.condensed = self.purged = 0.0  # kg since the start

    @property
    def mass(self) -> float:
        """The mass held, kg."""
        return sum(amount * mass for amount, mass in zip(self.amounts, self.masses, strict=True))

    @property
    def pressure(self) -> float:
        """The pressure of the loop as an ideal gas, MPa."""
        return self.total * self._scale

    def share(self, place: int) -> float:
        """Return the molar share of component `place` in the circulating gas."""
        return self.amounts[place] / self.total

    def enter(self, fresh: Sequence[float], circulation: float) -> list[float]:
        """Mix `fresh` (kmol/s by component) with `circulation` kmol/s of loop gas; return the converter's inlet."""
        factor = circulation / self.total
        self._fresh = fresh
        self._circulation = circulation
        self.inlet = [new + factor * held for new, held in zip(fresh, self.amounts, strict=True)]
        return self.inlet

    def step(self, seconds: float, extents: Sequence[float], purge: float) -> None:
        """Advance by `seconds` with what has entered: reactions of `extents` kmol/s, separation, `purge` kmol/s.

        Explicit: `seconds` must stay below the time in which circulation and reaction empty the loop of a
        reactant; raises ValueError when a component would become negative, that is, was used up twice.
        """
        thrown = purge / self.total
        back = self._circulation / self.total + thrown
        amounts, liquid, purged = self.amounts, self.liquid, self.purge
        leaving = self.inlet.copy()
        for makes, extent in zip(self._makes, extents, strict=True):
            for place, made in makes:
                leaving[place] += made * extent
        fed = condensed = lost = total = 0.0
        for place, (mass, share, new, out, held) in enumerate(
            zip(self.masses, self.separated, self._fresh, leaving, amounts, strict=True)
        ):
            taken = out * share
            after = held + (out - taken - back * held) * seconds
            if after < 0.0:
                if after < -1e-9 * (held + 1.0):
                    raise ValueError(
                        f"recycle loop: {self.names[place]} would fall to {after:g} kmol; take shorter steps"
                    )
                taken += after / seconds
                after = 0.0
            gone = thrown * held
            liquid[place] = taken
            purged[place] = gone
            fed += new * mass
            condensed += taken * mass
            lost += gone * mass
            amounts[place] = after
            total += after
        self.total = total
        self.fed += fed * seconds
        self.condensed += condensed * seconds
        self.purged += lost * seconds

    def imbalance(self) -> float:
        """Return the mass that is missing, relative to the largest term."""
        held = self.mass
        missing = self._opening + self.fed - self.condensed - self.purged - held
        return abs(missing) / max(self._opening, self.fed, 1e-12)
