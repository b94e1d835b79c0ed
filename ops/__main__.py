"""`python -m ops`: what people do with the system."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import typer
from rich.text import Text

from ops.console import console
from ops.local.failures import LocalStageError
from ops.local.signals import StoppedError, unwinding_on_signals

P = ParamSpec("P")

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)


def _command(run: Callable[P, bool]) -> Callable[P, None]:
    """A command: signals unwind it, failures are sentences, the exit code is 0 for success alone."""

    @wraps(run)
    def command(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            with unwinding_on_signals():
                succeeded = run(*args, **kwargs)
        except LocalStageError as error:
            console.print(Text.assemble(("✗ ", "red"), str(error)), soft_wrap=True)
            raise SystemExit(1) from None
        except StoppedError:
            console.print("Stopped: nothing that was started here is left running.")
            raise
        raise SystemExit(0 if succeeded else 1)

    return command


@app.callback()
def main() -> None:
    """Taly CRM's asynchronous backbone, for people."""


@app.command()
@_command
def demo() -> bool:
    """Deploy to the embedded AWS emulator, publish 200 bookings, check that nothing was lost."""
    from ops.local.demo import demo as run  # noqa: PLC0415 each command loads what it needs alone

    return run()


@app.command()
@_command
def up() -> bool:
    """Leave the local stage running; prints how to publish to it."""
    from ops.local.supervision import up as run  # noqa: PLC0415 likewise

    return run()


@app.command()
@_command
def down() -> bool:
    """Stop the local stage that was left running."""
    from ops.local.supervision import down as run  # noqa: PLC0415 likewise

    return run()


@app.command(hidden=True)
@_command
def supervise() -> bool:
    """Hold the local stage: what `up` starts in the background."""
    from ops.local.supervision import supervise as run  # noqa: PLC0415 likewise

    return run()


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # names are in every script there is
    app()
