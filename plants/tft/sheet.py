"""The figures of the data sheet, section 7: tool groups, route, products, and how strongly lots scatter."""

from dataclasses import dataclass

LOT = 24.0  # sheets a cassette, sheet 7.1
PHOTO_TACT, PHOTO_TOOLS, MASKS = 58.0, 11, 4  # s a sheet, 7.2; masks 7.1
CYCLE = PHOTO_TACT * MASKS / PHOTO_TOOLS  # s a sheet: the ideal of the bottleneck
EXIT = CYCLE / (
    0.85 * 0.90
)  # s a sheet between exits, good and bad, at the sheet's availability and effectiveness


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """One row of sheet 7.2: `tact` s a sheet and tool, `number` of tools, `passes` of every sheet.

    `mtbf` and `mttr` in hours; `assists` per hour of operation, `assist` s each; `care` is the regular maintenance:
    name, interval h, duration h; `loss` % of panels that the group costs in all passes after repair; `power` kW a
    tool running and idle; `share` of a lot's sheets that a visit works on.
    """

    title: str
    tact: float
    number: int
    passes: float
    mtbf: float
    mttr: float
    assists: float
    assist: float
    care: tuple[str, float, float] | None
    loss: float
    power: tuple[float, float]
    share: float = 1.0

    @property
    def run_share(self) -> float:
        """Share of the calendar in which a tool operates: MTBF and maintenance intervals are calendar hours."""
        return self.tact * self.passes / (self.number * EXIT)


# Photo has 3 % more passes than masks (rework) and exposes pilot sheets besides: 4.3 instead of 4.
TOOLS = {
    "clean": Tools(title="Initial and pre-deposition clean", tact=30, number=5, passes=4, mtbf=150, mttr=2, assists=0.4,
                   assist=60, care=("brushes", 168, 4), loss=0.15, power=(120, 70)),
    "sputter": Tools(title="Sputter: gate, SD, ITO", tact=60, number=8, passes=3, mtbf=110, mttr=4, assists=0.5,
                     assist=90, care=("target", 144, 12), loss=0.5, power=(450, 260)),
    "pecvd": Tools(title="PECVD: GI/a-Si/n+ and passivation", tact=105, number=10, passes=2, mtbf=90, mttr=5,
                   assists=0.6, assist=90, care=("wet_clean", 240, 20), loss=0.8, power=(520, 330)),
    "photo": Tools(title="Photo: coat, expose, develop", tact=PHOTO_TACT, number=PHOTO_TOOLS, passes=4.3, mtbf=120,
                   mttr=3, assists=0.8, assist=60, care=("lens", 336, 8), loss=1.2, power=(380, 250)),
    "wet_etch": Tools(title="Wet etch: metal, ITO", tact=40, number=7, passes=4, mtbf=160, mttr=2.5, assists=0.4,
                      assist=60, care=("chemicals", 120, 3), loss=0.3, power=(160, 95)),
    "dry_etch": Tools(title="Dry etch: island, channel, hole", tact=95, number=13, passes=3, mtbf=100, mttr=4,
                      assists=0.5, assist=90, care=("wet_clean", 192, 14), loss=0.5, power=(300, 180)),
    "strip": Tools(title="Resist strip", tact=45, number=8, passes=4, mtbf=180, mttr=2, assists=0.4, assist=60,
                   care=("chemicals", 144, 3), loss=0.2, power=(140, 80)),
    "aoi": Tools(title="AOI and metrology after etch", tact=60, number=5, passes=2, mtbf=250, mttr=2, assists=0.5,
                 assist=40, care=None, loss=0.0, power=(40, 25), share=0.5),
    "test": Tools(title="Array test", tact=60, number=3, passes=1, mtbf=250, mttr=2, assists=0.5, assist=40, care=None,
                  loss=0.0, power=(40, 25)),
    "repair": Tools(title="Laser repair", tact=180, number=4, passes=0.4, mtbf=250, mttr=2, assists=0.5, assist=40,
                    care=None, loss=0.0, power=(40, 25), share=0.4),
}  # fmt: skip

GATE, ACTIVE, HOLE, ITO = range(4)  # layers
# Four masks: the half-tone layer is etched twice (SD metal and island, then SD metal and channel). Sheet 7.2 counts:
# clean 4, sputter 3, PECVD 2, photo 4, wet etch 4, dry etch 3, strip 4. ADI is in line with photo, AEI is the AOI.
ROUTE = (
    "clean", "sputter", "photo", "wet_etch", "strip", "aoi",
    "clean", "pecvd", "sputter", "photo", "wet_etch", "dry_etch", "wet_etch", "dry_etch", "strip", "aoi",
    "clean", "pecvd", "photo", "dry_etch", "strip", "aoi",
    "clean", "sputter", "photo", "wet_etch", "strip", "aoi",
    "test", "repair",
)  # fmt: skip

# Panels a sheet of 2,200 x 2,500 mm (est.): 32, 43, 50 and 55 inch.
PANELS = {"tv_32": 18.0, "tv_43": 10.0, "tv_50": 8.0, "tv_55": 6.0}

# Sheet 7.4 gives two sigmas, without and with run-to-run control (APC): what APC takes away is wander that hangs
# together over so many lots of the tool group (some hours, est.); the rest scatters from lot to lot and tool to
# tool.
EXPOSURE_SPELL, FILM_SPELL = 50.0, 20.0
# Sheet 7.4. Line width um: sigma 0.16 -> 0.11; dose, resist and the rest make up the 0.11.
WIDTH, WIDTH_WANDER, WIDTH_NOISE, WIDTH_LOCAL = 4.0, 0.116, 0.081, 0.10
WIDTH_REWORK, WIDTH_LIMIT = 0.4, 0.7  # the normal band; LoLo and HiHi
DOSE, DOSE_SIGMA = 36.0, 1.2  # mJ/cm2 (30-45), %
RESIST, RESIST_SIGMA = 1.5, 0.022  # um
# Overlay um: sigma 0.25 -> 0.18, of which the stage's drift since its last lens maintenance is 0.083.
OVERLAY_WANDER, OVERLAY_NOISE, OVERLAY_DRIFT, OVERLAY_LOCAL = 0.173, 0.155, 0.25, 0.12
OVERLAY_REWORK, OVERLAY_LIMIT = 0.6, 0.8  # the normal band; Hi
# SiNx nm: sigma 6.5 -> 4.2, of which RF power and chamber pressure are 3.2.
THICKNESS, THICKNESS_WANDER, THICKNESS_NOISE = 350.0, 4.95, 2.66
RF_POWER, RF_SIGMA = 16.0, 0.25  # kW
PRESSURE, PRESSURE_SIGMA = 175.0, 3.0  # Pa
# Threshold voltage V: sigma 0.18 = film thickness 0.0975, interface 0.112, within the sheet 0.10 (split est.).
VTH, VTH_INTERFACE, VTH_LOCAL, VTH_LIMIT = 1.5, 0.112, 0.10, 0.5
RS_NEW, RS_WORN, RS_SIGMA = 4.5, 3.0, 0.6  # %: sigma 1.1 with the age of the target
ENDPOINT, ENDPOINT_DRIFT, ENDPOINT_SIGMA, ENDPOINT_LIMIT = (
    60.0,
    3.0,
    1.9,
    8.0,
)  # s: sigma 2.1 with the tool's age

# Particles a sheet of 1 um and more (normal below 60, log-normal): median at the middle of a tool's interval, scatter
# of their logarithm, and its rise over the interval between two cleans (est.).
PARTICLES, PARTICLE_SIGMA, PARTICLE_RISE = 28.0, 0.30, 0.6
# Share of the losses of sheet 7.2 that is common cause; the rest are special events (0.6: 35 to 50).
COMMON = 35.0 / 85.0
# What flakes off in an excursion: six times the particles, each six times as deadly, being larger (est.; the product
# gives the special events their share of 50 to 35 at 4 % of the lots).
EXCURSION_PARTICLES, EXCURSION_KILL = 6.0, 6.0
MURA = 0.052  # share of the panels that an excursion of photo costs; fitted: 5 % of the panels lost in all
MURA_SEEN = 0.15  # chance that the inspection after develop sees it; fitted: 2.5 % of the exposures reworked
CLUSTERING = 1.0  # of killer defects, negative binomial (Stapper 1973; est.)
# Queue-time limit from a-Si to SD, sheet 7.2: 24 h, then 0.3 % of the panels, and as many for every 6 h more (est.).
QUEUE_LIMIT, QUEUE_LOSS, QUEUE_GROWTH = 24.0, 0.003, 6.0

# Where lots are when the line starts: share of the time in the line that is spent at each tool group's steps.
# fitted: to the mean levels of long runs.
STOCK = {"clean": 0.008, "sputter": 0.050, "pecvd": 0.025, "photo": 0.818, "wet_etch": 0.011, "dry_etch": 0.023,
         "strip": 0.013, "aoi": 0.040, "test": 0.006, "repair": 0.003}  # fmt: skip

QUALITY_COST = 0.10 * 620.0 * 0.95 / 0.05  # CNY a lost sheet: 10 % of 620 CNY a good one, 5 % lost, 7.5

# Killer defects a sheet that cost one share of the panels after repair, with the sheet's detection and repair.
KILLERS = len(PANELS) / sum(1.0 / panels for panels in PANELS.values()) / (1.0 - 0.8 * 0.75)
