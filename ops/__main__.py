"""`python -m ops`: what people do with the system. Each command stands in `ops/commands/`, by its topic."""

import os
import sys

import typer

from local import commands as local
from ops.commands import later, looking, telling
from ops.contracts.commands import app as contracts
from ops.cost import commands as cost
from ops.dead_letters import commands as dead_letters
from ops.messages import commands as publishing
from ops.terminal import commands as shell
from ops.terminal.completion import VARIABLE, listen

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)

HERE, SENDING, WATCHING, MENDING, PLANNING = (
    "On this machine",
    "Publish",
    "Look",
    "Mend",
    "Plan",
)
"""Panels of the help, in this order."""


@app.callback()
def main() -> None:
    """Taly CRM's asynchronous backbone, for people."""


for run, panel in (
    (local.demo, HERE),
    (local.up, HERE),
    (local.down, HERE),
    (shell.completion, HERE),
    (publishing.validate, SENDING),
    (publishing.send, SENDING),
    (looking.status, WATCHING),
    (looking.trace, WATCHING),
    (looking.tail, WATCHING),
    (looking.console, WATCHING),
    (telling.drill, WATCHING),
    (dead_letters.redrive, MENDING),
    (dead_letters.discard, MENDING),
    (later.replay, MENDING),
    (cost.cost, PLANNING),
    (cost.limits, PLANNING),
):
    app.command(rich_help_panel=panel)(run)
app.command(hidden=True)(local.supervise)
app.add_typer(dead_letters.app, name="dead-letters", rich_help_panel=WATCHING)
app.add_typer(later.schedules, name="schedules", rich_help_panel=MENDING)
app.add_typer(contracts, name="contracts", rich_help_panel=PLANNING)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # names are in every script there is
    listen(os.environ)
    app(complete_var=VARIABLE)
