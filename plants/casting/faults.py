"""Faults of the casting shop."""

from plants.casting.foundry import InductionFurnace, Pouring
from plants.casting.mould import Printers, Unpacking
from twin.model.fault import Effect, Fault
from twin.model.supply import Supply


def casting_faults(
    printing: Printers,
    pouring: Pouring,
    unpacking: Unpacking,
    furnaces: tuple[InductionFurnace, ...],
    sand: Supply,
) -> None:
    """Let the units suffer what happens to such shops; a job takes half a day from the printer to the mould."""

    def misread(error: float) -> None:
        for furnace in furnaces:
            furnace.misread = error

    def drift(error: float) -> None:
        for furnace in furnaces:
            furnace.drift = error

    printing.can_suffer(
        Fault("nozzle_clog", "Binder-jet nozzles clog", mechanism="nozzles fail twelve times as fast between "
              "two purges, and every layer has unbound streaks",
              strike=lambda: setattr(printing, "clogging", 12.0), mend=lambda: setattr(printing, "clogging", 1.0),
              effects=(Effect(subject="printing/nozzles_out", change=1.0, begin=3600, end=43_200),
                       Effect(subject="printing/core_strength", change=-0.15, begin=3600, end=43_200),
                       Effect(subject="depowdering/scrap_count", change=0.05, begin=21_600, end=172_800))),
        Fault("damp_hall", "Dehumidifier of the printer hall out", mechanism="22 % more humidity: furan cures slowly, "
              "cores stay weak", strike=lambda: setattr(printing, "damp", 22.0),
              mend=lambda: setattr(printing, "damp", 0.0),
              effects=(Effect(subject="printing/hall_humidity", change=10.0, begin=7200, end=43_200),
                       Effect(subject="printing/core_strength", change=-0.06, begin=7200, end=43_200))),
        Fault("dirty_sand", "Sand reclamation burns poorly", mechanism="0.8 % more organics stay in the reclaimed sand "
              "and become gas in the mould", strike=lambda: setattr(printing, "tar", 0.8),
              mend=lambda: setattr(printing, "tar", 0.0),
              effects=(Effect(subject="printing/loss_on_ignition", change=0.5, begin=3600, end=43_200),
                       Effect(subject="printing/gas_evolution", change=1.0, begin=3600, end=43_200),
                       Effect(subject="defect_rate", change=0.03, begin=129_600, end=259_200))),
        Fault("sand_late", "Sand conveyor broken", mechanism="sand comes by truck: twice as long a trip",
              strike=lambda: setattr(sand, "delay", 2.0), mend=lambda: setattr(sand, "delay", 1.0),
              effects=(Effect(subject="printing/prod_processed_count", change=-2.0, begin=0, end=86_400),
                       Effect(subject="availability", change=-0.1, begin=14_400, end=86_400))),
    )  # fmt: skip
    furnaces[0].can_suffer(
        Fault("thermocouple", "Tap thermocouples read 40 K too high", mechanism="both furnaces are tapped 40 K too "
              "cold; thin castings freeze before the mould is full",
              strike=lambda: misread(40.0), mend=lambda: misread(0.0),
              effects=(Effect(subject="pouring/pouring_temperature", change=-20.0, begin=28_800, end=86_400),
                       Effect(subject="defect_rate", change=0.05, begin=129_600, end=259_200))),
        Fault("spectrometer", "Spectrometer off", mechanism="carbon equivalent is set 0.25 % too high: graphite floats",
              strike=lambda: drift(0.25), mend=lambda: drift(0.0),
              effects=(Effect(subject="furnace_1/carbon_equivalent", change=0.1, begin=43_200, end=129_600),
                       Effect(subject="defect_rate", change=0.1, begin=129_600, end=259_200))),
    )  # fmt: skip
