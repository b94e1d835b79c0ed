"""Alarm definitions, metrics, and the topics that alarms notify."""
