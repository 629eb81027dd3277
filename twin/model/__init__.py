"""The model kernel: all that a plant file needs."""

from twin.model.calendar import Calendar, Shift
from twin.model.changeover import Changeover
from twin.model.cycle import Cycle
from twin.model.detour import Detour
from twin.model.discrete_line import DiscreteLine
from twin.model.disturbance import OrnsteinUhlenbeck, StepEvents
from twin.model.dynamics import DeadTime, FirstOrder, FirstOrderDeadTime, PiController
from twin.model.failure import Crew, StopMode
from twin.model.fault import Effect, Fault
from twin.model.line import Flow
from twin.model.line_unit import LineUnit
from twin.model.loading import Loading
from twin.model.machine_group import MachineGroup
from twin.model.material import Holdup, MaterialStream
from twin.model.order import Order, campaigns, endless
from twin.model.outage import Machines, Outage
from twin.model.part import Part
from twin.model.plant import Parameter, Plant
from twin.model.process_line import ProcessLine
from twin.model.quality import DefectCause, Inspection
from twin.model.set_up import SetUp
from twin.model.signal import Signal, Symptom
from twin.model.specification import Specification, book
from twin.model.standby import Standby
from twin.model.state import Reason, State
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.supply import Supply
from twin.model.tag import Kind, Limits, Tag
from twin.model.tool import Tooling, ToolShop
from twin.model.unit import Unit
from twin.model.unit_operation import UnitOperation, drive

__all__ = [
    "Calendar",
    "Changeover",
    "Crew",
    "Cycle",
    "DeadTime",
    "DefectCause",
    "Detour",
    "DiscreteLine",
    "Effect",
    "Fault",
    "FirstOrder",
    "FirstOrderDeadTime",
    "Flow",
    "Holdup",
    "Inspection",
    "Kind",
    "Limits",
    "LineUnit",
    "Loading",
    "MachineGroup",
    "Machines",
    "MaterialStream",
    "Order",
    "OrnsteinUhlenbeck",
    "Outage",
    "Parameter",
    "Part",
    "PiController",
    "Plant",
    "ProcessLine",
    "Reason",
    "SetUp",
    "Shift",
    "Signal",
    "Specification",
    "Standby",
    "State",
    "Station",
    "StepEvents",
    "StopMode",
    "Streams",
    "Supply",
    "Symptom",
    "Tag",
    "ToolShop",
    "Tooling",
    "Unit",
    "UnitOperation",
    "book",
    "campaigns",
    "drive",
    "endless",
]
