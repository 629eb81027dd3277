"""Units of measure: UCUM codes as we write them, with the UNECE code that OPC UA wants."""

from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class MeasureUnit:
    """A unit of measure: `ucum` code, UNECE Recommendation 20 `unece` code, `display` text."""

    ucum: str
    unece: str
    display: str

    @property
    def unit_id(self) -> int:
        """OPC UA UnitId: the UNECE code's bytes as an integer (OPC UA Part 8, 5.6.3)."""
        return int.from_bytes(self.unece.encode("ascii"), "big")


_UNITS = (
    MeasureUnit("1", "C62", ""),
    MeasureUnit("{piece}", "H87", "pcs"),
    MeasureUnit("%", "P1", "%"),
    MeasureUnit("s", "SEC", "s"),
    MeasureUnit("ms", "C26", "ms"),
    MeasureUnit("min", "MIN", "min"),
    MeasureUnit("h", "HUR", "h"),
    MeasureUnit("d", "DAY", "d"),
    MeasureUnit("mm", "MMT", "mm"),
    MeasureUnit("cm", "CMT", "cm"),
    MeasureUnit("m", "MTR", "m"),
    MeasureUnit("km", "KMT", "km"),
    MeasureUnit("um", "4H", "µm"),
    MeasureUnit("nm", "C45", "nm"),
    MeasureUnit("Pa", "PAL", "Pa"),
    MeasureUnit("mJ/cm2", "C62", "mJ/cm²"),
    MeasureUnit("kg", "KGM", "kg"),
    MeasureUnit("t", "TNE", "t"),
    MeasureUnit("t/h", "4W", "t/h"),
    MeasureUnit("L", "LTR", "L"),
    MeasureUnit("m3", "MTQ", "m³"),
    MeasureUnit("m3/h", "MQH", "m³/h"),
    MeasureUnit("Cel", "CEL", "°C"),
    MeasureUnit("K", "KEL", "K"),
    MeasureUnit("kN", "B47", "kN"),
    MeasureUnit("MN", "B73", "MN"),
    MeasureUnit("kPa", "KPA", "kPa"),
    MeasureUnit("MPa", "MPA", "MPa"),
    MeasureUnit("bar", "BAR", "bar"),
    MeasureUnit("V", "VLT", "V"),
    MeasureUnit("mV", "2Z", "mV"),
    MeasureUnit("A", "AMP", "A"),
    MeasureUnit("kA", "B22", "kA"),
    MeasureUnit("W", "WTT", "W"),
    MeasureUnit("kW", "KWT", "kW"),
    MeasureUnit("MW", "MAW", "MW"),
    MeasureUnit("kW.h", "KWH", "kWh"),
    MeasureUnit("MW.h", "MWH", "MWh"),
    MeasureUnit("GJ", "GV", "GJ"),
    MeasureUnit("kW.h/t", "E46", "kWh/t"),
    MeasureUnit("mm/s", "C16", "mm/s"),
    MeasureUnit("mm/min", "H81", "mm/min"),
    MeasureUnit("m/s", "MTS", "m/s"),
    MeasureUnit("1/min", "C94", "1/min"),
    MeasureUnit("1/h", "HUR", "1/h"),
    MeasureUnit("1/d", "E91", "1/d"),
    MeasureUnit("g/m2", "GM", "g/m²"),
    MeasureUnit("[CNY]", "C62", "CNY"),
    MeasureUnit("[CNY]/h", "C62", "CNY/h"),
    MeasureUnit("[CNY]/(kW.h)", "C62", "CNY/kWh"),
    MeasureUnit("[CNY]/{piece}", "C62", "CNY/pc"),
    MeasureUnit("[CNY]/t", "C62", "CNY/t"),
    MeasureUnit("kg/(kW.h)", "C62", "kg/kWh"),
    MeasureUnit("s/t", "C62", "s/t"),
    MeasureUnit("kg/t", "C62", "kg/t"),
    MeasureUnit("ppm", "59", "ppm"),
    MeasureUnit("mPa.s", "C24", "mPa·s"),
    MeasureUnit("Pa.s", "C65", "Pa·s"),
    MeasureUnit("m3/kg", "A39", "m³/kg"),
    MeasureUnit("%{vol}", "VP", "% vol"),
    MeasureUnit("g/dL", "C62", "g/100 mL"),
    MeasureUnit("mL/g", "C62", "mL/g"),
    MeasureUnit("[pH]", "Q30", "pH"),
    MeasureUnit("U/g", "C62", "U/g"),
    MeasureUnit("mL", "MLT", "mL"),
    MeasureUnit("m3/t", "C62", "m³/t"),
    MeasureUnit("g/(dL.d)", "C62", "g/(100 mL·d)"),
    MeasureUnit("{piece}/h", "C62", "pcs/h"),
    MeasureUnit("g", "GRM", "g"),
    MeasureUnit("dB[SPL]", "2N", "dB(A)"),
    MeasureUnit("N.m", "NU", "N·m"),
    MeasureUnit("mA", "4K", "mA"),
    MeasureUnit("g/a", "C62", "g/a"),
    MeasureUnit("kg/m3", "KMQ", "kg/m³"),
)

MEASURE_UNITS = {unit.ucum: unit for unit in _UNITS}


def measure_unit(ucum: str) -> MeasureUnit:
    """Look up a UCUM code; raises ValueError that names it and the place to add it."""
    try:
        return MEASURE_UNITS[ucum]
    except KeyError:
        near = [unit.ucum for unit in _UNITS if unit.display == ucum] or get_close_matches(
            ucum, MEASURE_UNITS
        )
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise ValueError(
            f"unknown unit of measure {ucum!r}: {hint}UCUM codes are written as in twin/model/measure.py; "
            f"add what is missing there"
        ) from None
