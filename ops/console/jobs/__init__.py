"""Redrives and discards that run while a page shows how far they have come."""
