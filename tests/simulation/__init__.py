"""Simulation: the real handlers and the real shared layer in virtual time, against other systems that are in trouble.

`python -m tests.simulation` prints the figures of scenarios, and updates their table in `docs/reliability.md`.
"""
