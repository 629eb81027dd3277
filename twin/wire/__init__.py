"""The plant's side of the wire: a running simulation, its journal, and the protocols that carry its frames."""

from twin.wire.channel import Change, Channel, Status, Transport, Update, WireError
from twin.wire.clock import Clock
from twin.wire.journal import DamagedJournal, Journal, Run
from twin.wire.process import PlantProcess
from twin.wire.recorder import Recorder
from twin.wire.run import run_plant

__all__ = [
    "Change",
    "Channel",
    "Clock",
    "DamagedJournal",
    "Journal",
    "PlantProcess",
    "Recorder",
    "Run",
    "Status",
    "Transport",
    "Update",
    "WireError",
    "run_plant",
]
