"""Closed loops that see telemetry and send commands."""
