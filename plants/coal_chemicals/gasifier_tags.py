"""What a gasifier publishes: the tags of the data sheet (4.4) with their limits."""

from plants.coal_chemicals.gasifier import Gasifier
from twin.model.tag import Kind, Limits, Tag


def describe(gasifier: Gasifier) -> None:
    """Compose the tags of `gasifier`; gas analyses keep their last reading while it stands."""
    unit, it = gasifier.unit, gasifier
    unit.measure("load", lambda: 100.0 * it.load, unit="%", sigma=2.0, low=0, high=160,
                 description="load, dry coal against full load")  # fmt: skip
    unit.measure("temperature", lambda: it.inferred, unit="Cel", sigma=22.0, low=800, high=1600,
                 limits=Limits(lolo=1200, lo=1250, hi=1400, hihi=1450),
                 description="temperature inferred from the gas (soft sensor)")  # fmt: skip
    unit.publish(
        Tag(name="temperature_setpoint", kind=Kind.SETPOINT, unit="Cel", low=1250, high=1400,
            read=lambda: it.temperature_setpoint, write=it.set_temperature, description="inferred temperature wanted")
    )  # fmt: skip
    unit.measure("oxygen_coal_ratio", lambda: it.ratio, unit="m3/kg", sigma=0.012, low=0.4, high=0.9,
                 limits=Limits(lolo=0.55, lo=0.59, hi=0.70, hihi=0.74),
                 description="oxygen at 0 °C, 101.3 kPa per dry coal")  # fmt: skip
    unit.measure("pressure", lambda: it.pressure, unit="MPa", sigma=0.04, low=0, high=8,
                 limits=Limits(lolo=5.8, lo=6.1, hi=6.6, hihi=6.8), description="pressure")  # fmt: skip
    unit.measure("carbon_monoxide", lambda: it.shares[0], unit="%", sigma=0.8, low=0, high=100,
                 limits=Limits(lolo=38), description="CO in the dry gas")  # fmt: skip
    unit.measure("hydrogen", lambda: it.shares[1], unit="%", sigma=0.5, low=0, high=100,
                 description="H2 in the dry gas")  # fmt: skip
    unit.measure("carbon_dioxide", lambda: it.shares[2], unit="%", sigma=0.5, low=0, high=100,
                 description="CO2 in the dry gas")  # fmt: skip
    unit.measure("methane", lambda: it.shares[3], unit="%", sigma=0.015, low=0, high=5,
                 description="CH4 in the dry gas: falls as the gasifier gets hotter")  # fmt: skip
    unit.measure("effective_gas", lambda: it.effective_gas, unit="%", sigma=0.9, low=0, high=100,
                 limits=Limits(lolo=76, lo=79), description="CO + H2 in the dry gas")  # fmt: skip
    unit.measure("cold_gas_efficiency", lambda: it.efficiency, unit="%", sigma=0.7, low=0, high=100,
                 description="heat value of the gas against that of the coal")  # fmt: skip
    unit.measure("carbon_in_slag", lambda: it.slag_carbon, unit="%", sigma=1.2, low=0, high=60,
                 limits=Limits(hi=6, hihi=10),
                 description="carbon in the coarse slag, laboratory, every 8 h")  # fmt: skip
    unit.measure("slag_viscosity", lambda: it.viscosity, unit="Pa.s", sigma=4.0, low=0, high=1000,
                 limits=Limits(hi=25, hihi=60), description="estimated viscosity of the slag")  # fmt: skip
    unit.measure("slag_tap_pressure_drop", lambda: it.tap_pressure, unit="kPa", sigma=0.5, low=0, high=150,
                 limits=Limits(hi=5, hihi=15), description="over the slag tap; rising: it is closing")  # fmt: skip
    unit.measure("shell_temperature", lambda: it.shell, unit="Cel", sigma=8.0, low=0, high=600,
                 limits=Limits(hi=300, hihi=350),
                 description="hottest shell thermocouple; rises as the brick wears")  # fmt: skip
    unit.measure("burner_cooling_water_co", lambda: it.cooling_water, unit="ppm", sigma=1.0, low=0, high=500,
                 limits=Limits(hi=10, hihi=50), description="CO in the burners' cooling water; 50 trips")  # fmt: skip
    unit.measure("burner_age", lambda: it.burner_age / 86_400.0, unit="d", sigma=1.0, low=0, high=150,
                 limits=Limits(hi=90), description="days that the burners have run")  # fmt: skip
    unit.total("slag_upset_count", lambda: it.upsets, description="times that the slag tap began to close")
    unit.total("coal_total", lambda: it.coal_total, unit="t", description="dry coal gasified")
