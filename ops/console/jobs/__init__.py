"""Redrives and discards that run in the background, with their progress on a page."""
