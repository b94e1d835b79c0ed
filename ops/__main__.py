"""`python -m ops`: the operators' command line. Each command is in the `commands.py` of its subject's folder."""

import os

import typer

from ops.console import commands as console
from ops.contracts.commands import app as contracts
from ops.cost import commands as cost
from ops.dead_letters import commands as dead_letters
from ops.messages import commands as messages
from ops.replay import commands as replay
from ops.schedules import commands as schedules
from ops.status import commands as status
from ops.terminal import commands as terminal
from ops.terminal.completion import VARIABLE, listen
from ops.terminal.output import print_whatever_can_be
from ops.trace import commands as trace

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
    (terminal.completion, HERE),
    (messages.validate, SENDING),
    (messages.send, SENDING),
    (status.status, WATCHING),
    (trace.trace, WATCHING),
    (trace.tail, WATCHING),
    (console.console, WATCHING),
    (status.drill, WATCHING),
    (dead_letters.redrive, MENDING),
    (dead_letters.discard, MENDING),
    (replay.replay, MENDING),
    (cost.cost, PLANNING),
    (cost.limits, PLANNING),
):
    app.command(rich_help_panel=panel)(run)
app.add_typer(dead_letters.app, name="dead-letters", rich_help_panel=WATCHING)
app.add_typer(schedules.schedules, name="schedules", rich_help_panel=MENDING)
app.add_typer(contracts, name="contracts", rich_help_panel=PLANNING)


if __name__ == "__main__":
    print_whatever_can_be()
    listen(os.environ)
    app(complete_var=VARIABLE)
