"""Outcomes counted from the logs, by type and other dimensions."""
