"""Errors that stop the stacks from being synthesized."""


class CannotSynthesizeError(Exception):
    """A setting, a file or a tool is missing or wrong; the text says which one and how to fix it."""
