"""What keeps the stacks from being synthesized."""


class CannotSynthesizeError(Exception):
    """A setting, a file or a tool is not as it has to be; the text says which, and what to do."""
