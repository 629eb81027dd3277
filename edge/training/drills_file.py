"""The SQLite file of training: its tables, and how their rows become drills and planned faults."""

from collections.abc import Sequence
from typing import Any

from edge.training.drill import Drill, Phase, PlannedFault, Progress

DRILL = "id, name, plant, by, created_ms, length_s, seed, reference_min, phase, start_ms, end_ms, cancelled"
FAULT = "number, drill, plant, key, by, after_s, duration_s, due_ms, progress, struck_ms, reset_ms, told"
SCHEMA = """
CREATE TABLE IF NOT EXISTS drills (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, plant TEXT NOT NULL, by TEXT NOT NULL, created_ms INTEGER NOT NULL,
  length_s REAL NOT NULL, seed INTEGER, reference_min INTEGER NOT NULL, phase TEXT NOT NULL,
  start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, cancelled INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS faults (
  number INTEGER PRIMARY KEY AUTOINCREMENT, drill TEXT NOT NULL, plant TEXT NOT NULL, key TEXT NOT NULL,
  by TEXT NOT NULL, after_s REAL NOT NULL, duration_s REAL NOT NULL, due_ms INTEGER NOT NULL, progress TEXT NOT NULL,
  struck_ms INTEGER NOT NULL, reset_ms INTEGER NOT NULL, told TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS participants (
  number INTEGER PRIMARY KEY AUTOINCREMENT, drill TEXT NOT NULL, name TEXT NOT NULL, folded TEXT NOT NULL,
  digest BLOB NOT NULL, joined_ms INTEGER NOT NULL, UNIQUE (drill, folded));
CREATE TABLE IF NOT EXISTS marks (
  number INTEGER PRIMARY KEY AUTOINCREMENT, drill TEXT NOT NULL, participant INTEGER NOT NULL,
  made_ms INTEGER NOT NULL, time_ms INTEGER NOT NULL, unit TEXT NOT NULL, key TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS marks_of ON marks (drill, participant);
"""


def read_drill(row: Sequence[Any]) -> Drill:
    """Return the drill that a row of the columns DRILL holds."""
    names = DRILL.split(", ")
    told = dict(zip(names, row, strict=True))
    return Drill(**(told | {"phase": Phase(str(told["phase"])), "cancelled": bool(told["cancelled"])}))


def read_fault(row: Sequence[Any]) -> PlannedFault:
    """Return the planned fault that a row of the columns FAULT holds."""
    told = dict(zip(FAULT.split(", "), row, strict=True))
    return PlannedFault(**(told | {"progress": Progress(str(told["progress"]))}))
