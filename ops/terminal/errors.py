"""The error that ends a command with a sentence instead of a traceback."""


class OperatorError(Exception):
    """A command cannot be carried out; the text is a sentence that says why and what to do."""
