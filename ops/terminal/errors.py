"""What ends a command with a sentence instead of a traceback."""


class OperatorError(Exception):
    """A command cannot do what it was asked; the text is a sentence that says why and what to do."""
