"""Processes that end with the one that started them, and the supervisor of a stage that is left running."""
