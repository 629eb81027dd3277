"""Data sheet of the casting shop, section 9: what is not a parameter of the plant."""

# 9.2, "est.": (servers, hours a job, mean time between failures h, repair h, micro-stops an hour, their length s,
# power run kW, idle kW, each of one server). Times of coating and assembly are a job's, of fettling a tonne's, of
# inspection a casting's.
SHEET = {
    "printing": (14, 6.15, 60.0, 2.0, 0.3, 180.0, 25.0, 12.0),
    "depowdering": (5, 1.5, 300.0, 1.0, 0.5, 60.0, 12.0, 4.0),
    "coating": (3, 1.2, 200.0, 1.5, 0.4, 60.0, 140.0, 20.0),
    "assembly": (8, 2.5, 0.0, 0.0, 0.4, 120.0, 8.0, 8.0),
    "pouring": (2, 0.133, 150.0, 2.0, 0.6, 120.0, 450.0, 120.0),
    "cooling": (120, 20.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "fettling": (10, 1.2, 120.0, 1.5, 0.8, 90.0, 42.0, 11.0),
    "inspection": (5, 0.6, 400.0, 1.0, 0.0, 0.0, 9.0, 4.0),
}
TITLES = {
    "design": "Casting design and nesting",
    "printing": "Binder-jet printers",
    "depowdering": "De-powdering",
    "coating": "Coating and drying",
    "assembly": "Mould assembly",
    "pouring": "Pouring lines",
    "cooling": "Cooling floor",
    "fettling": "Shake-out, fettling, heat treatment",
    "inspection": "Inspection",
}

ENGINEERS = 6  # 9.2
BOX_METAL = 0.64  # t of castings that a box of 1.6 t of cores makes at 2.5:1 and 45 % packing, 9.1
BOX_PACKING = 45.0  # %, 9.1
IDEAL_PACKING = 54.0  # %, est.: what the best nests reach; the high effect of 9.6 is 56
PROBED = 900.0  # s between two probes of a charge that is held, est.
PROBE_ERROR = (3.0, 0.01)  # °C, % of carbon equivalent, est.
HEAT = 0.84 / 3.6  # kWh to warm a tonne of liquid iron by a kelvin
YIELD = 0.675  # castings from metal poured; with what is pigged 0.65, 9.3
COOLING_EXPONENT = 0.5  # of the mass of a casting; hours go from 8 to 48 between 50 kg and 2 t, est.
HEAT_TREATMENT_GAS = 0.92 * 1.2 / 3.6e-3  # kWh a tonne; 9.3 has it for a good one
LADLE_GAS = 0.92 * 0.25 / 3.6e-3  # kWh a tonne

QUALITY_COST = (
    570.0 / 0.08
)  # CNY a tonne spoilt: 12 % of 5,200 CNY at 92 % good (9.5), at the defect rate of 9.1

# 9.4: nominal value, sigma, correlation length in parts (est.)
BINDER = (1.8, 0.09, 12.0)  # % of sand
SAND = (25.0, 1.5, 40.0)  # °C
HUMIDITY = (43.0, 4.0, 60.0)  # %
LOI = (1.7, 0.12, 30.0)  # %
BAUME = (34.0, 0.8, 20.0)
TAP = (1505.0, 12.0)  # °C
POUR_LOSS = (135.0, 7.0)  # K between furnace and mould; with the tap 14 K of spread, est.
CARBON_EQUIVALENT = (4.35, 0.055)  # %
MAGNESIUM = (0.0425, 0.0045)  # %
DIMENSION = (7.6, 0.35)  # CT grade, est.
