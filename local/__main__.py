"""`python -m local`: the whole system on this machine; used by `make demo`, `make up` and `make down`."""

from ops.terminal.encoding import substitute_unencodable
from ops.terminal.startup import exit_on_interrupt


def main() -> None:
    """Run the command line."""
    exit_on_interrupt()
    substitute_unencodable()
    from local.command_line import app  # noqa: PLC0415 it takes a moment, in which Ctrl-C is pressed, too

    app(prog_name="python -m local")


if __name__ == "__main__":
    main()
