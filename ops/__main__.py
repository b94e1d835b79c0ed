"""The program `taly-async`; `python -m ops` is the same."""

from ops.terminal.encoding import substitute_unencodable
from ops.terminal.startup import exit_on_interrupt


def main() -> None:
    """Run the command line."""
    exit_on_interrupt()
    substitute_unencodable()
    from ops.command_line import PROGRAM, app  # noqa: PLC0415 it takes a moment, in which Ctrl-C is pressed, too

    app(prog_name=PROGRAM)


if __name__ == "__main__":
    main()
