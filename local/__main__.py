"""`python -m local`: the whole system on this machine, for `make demo`, `make up` and `make down`."""

import typer

from local import commands
from ops.terminal.output import replace_unencodable

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)


@app.callback()
def main() -> None:
    """Taly CRM's asynchronous backbone on this machine: an AWS emulator, the stacks, stand-ins for all else."""


for run in (commands.demo, commands.up, commands.down):
    app.command()(run)
app.command(hidden=True)(commands.supervise)


if __name__ == "__main__":
    replace_unencodable()
    app()
