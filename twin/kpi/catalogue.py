"""Every figure by name, made from a tally."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from twin.kpi import cost, energy, loss, maintenance, oee, quality
from twin.kpi.figure import Figure
from twin.model.measure import MEASURE_UNITS

Make: TypeAlias = Callable[[Mapping[str, float]], Figure]
MakePerProduct: TypeAlias = Callable[[Mapping[str, float], str], Figure]

_PLAIN: dict[str, Make] = {
    "availability": oee.availability,
    "effectiveness": oee.effectiveness,
    "quality_ratio": quality.quality_ratio,
    "oee_index": oee.oee_index,
    "nee_index": oee.nee_index,
    "setup_ratio": oee.setup_ratio,
    "technical_efficiency": oee.technical_efficiency,
    "allocation_efficiency": oee.allocation_efficiency,
    "scrap_ratio": quality.scrap_ratio,
    "rework_ratio": quality.rework_ratio,
    "first_pass_yield": quality.first_pass_yield,
    "defect_rate": quality.defect_rate,
    "energy_total": energy.energy_total,
    "non_productive_energy_share": energy.non_productive_share,
    "average_power": energy.average_power,
    "mtbf": maintenance.mtbf,
    "mttr": maintenance.mttr,
    "availability_losses": loss.availability_losses,
    "conversion_cost": cost.conversion_cost,
}
_PER_PRODUCT: dict[str, MakePerProduct] = {
    "throughput_rate": oee.throughput_rate,
    "good_rate": oee.good_rate,
    "specific_energy": energy.specific_energy,
    "energy_utilisation": energy.energy_utilisation,
    "co2_per_good_unit": energy.co2_per_good_unit,
    "labour_productivity": cost.labour_productivity,
    "conversion_cost_per_good_unit": cost.conversion_cost_per_good_unit,
}


def product_word(count_unit: str) -> str:
    """Return how people write a count unit (UCUM).

    >>> product_word("{piece}"), product_word("t"), product_word("{coil}")
    ('pcs', 't', 'coil')
    """
    known = MEASURE_UNITS.get(count_unit)
    return known.display if known is not None and known.display else count_unit.strip("{}") or "unit"


def figure(name: str, count_unit: str = "{piece}") -> Make:
    """Return the function that makes the figure called `name`; raises ValueError that lists the names."""
    if name in _PLAIN:
        return _PLAIN[name]
    if name in _PER_PRODUCT:
        make, word = _PER_PRODUCT[name], product_word(count_unit)
        return lambda tally: make(tally, word)
    raise ValueError(f"no figure {name!r}; there are: {', '.join(sorted((*_PLAIN, *_PER_PRODUCT)))}")


def figures(
    tally: Mapping[str, float], count_unit: str = "{piece}", only: Sequence[str] = ()
) -> dict[str, Figure]:
    """Return every figure of a tally by name, or those in `only` that it has, in that order.

    `count_unit` (UCUM) names what is counted in units such as kWh/pcs. Added to the named ones:
    `energy/<carrier>[/<power state>]`, `energy_share/…`, `loss/<name>` and `fully_effective_time`.
    """
    if only and all(name in _PLAIN or name in _PER_PRODUCT for name in only):
        return {name: figure(name, count_unit)(tally) for name in only}
    word = product_word(count_unit)
    found = [make(tally) for make in _PLAIN.values()]
    found += [make(tally, word) for make in _PER_PRODUCT.values()]
    found += energy.energy_figures(tally)
    found += loss.losses(tally)
    by_name = {one.name: one for one in found}
    return {name: by_name[name] for name in only if name in by_name} if only else by_name
