"""Asking before something is done that cannot be taken back."""

import sys

import typer

from ops.terminal.errors import OperatorError


def confirmed(question: str, *, yes: bool) -> bool:
    """Whether it shall be done.

    Args:
        question: what people are asked on a terminal.
        yes: it was said already, by `--yes`.

    Raises:
        OperatorError: there is no terminal to ask on.
    """
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise OperatorError("this wants a yes, and there is no terminal to ask on: give --yes")
    return typer.confirm(question, err=True)
