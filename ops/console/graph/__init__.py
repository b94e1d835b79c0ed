"""Geometry of the console's drawings: a journey over time, and sparklines."""
