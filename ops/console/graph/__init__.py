"""A journey drawn over time, and sparklines."""
