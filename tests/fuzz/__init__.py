"""Hostile input for the targets in `targets.py`; docs/fuzzing.md lists their guarantees.

`make fuzz` (`python -m tests.fuzz`) runs for any time; the tests here run some inputs each time.
"""
