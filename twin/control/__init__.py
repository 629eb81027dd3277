"""Closed loops that see telemetry and send commands, each within limits."""

from twin.control.action_log import Action, ActionLog
from twin.control.catalogue import KINDS, build
from twin.control.controller import Controller, Judged
from twin.control.guard import Guarded, Limits

__all__ = ["KINDS", "Action", "ActionLog", "Controller", "Guarded", "Judged", "Limits", "build"]
