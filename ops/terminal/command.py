"""What every command of the command line does alike."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from rich.text import Text

from ops.terminal.errors import OperatorError
from ops.terminal.interrupts import StoppedError, unwinding_on_signals
from ops.terminal.output import notes

P = ParamSpec("P")


def command(run: Callable[P, bool]) -> Callable[P, None]:
    """A command: signals unwind it, failures are sentences on standard error, the exit code is 0 for success alone."""

    @wraps(run)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            with unwinding_on_signals():
                succeeded = run(*args, **kwargs)
        except OperatorError as error:
            notes.print(Text.assemble(("✗ ", "red"), str(error)), soft_wrap=True)
            raise SystemExit(1) from None
        except StoppedError:
            notes.print("Stopped: nothing that was started here is left running.")
            raise
        raise SystemExit(0 if succeeded else 1)

    return wrapped
