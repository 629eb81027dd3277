"""What the brewery costs, section 5.6 of the data sheet, and who works there."""

WORKED_HOURS = 1_900.0  # a person and year, est.
LOADED_LABOUR = 95_000.0  # CNY a person and year, 0.6
COST = 780.0 * 0.93  # CNY per processed t: 780 a good t (5.6), of which 93 % are (5.1)
QUALITY_COST = 0.12 * COST / 0.07  # CNY per defective t: the sheet's share at its defect rate (5.6)


def people_present(staff: float) -> float:
    """Return how many of `staff` people are there at a time, in the mean of the year."""
    return staff * WORKED_HOURS / 8760.0
