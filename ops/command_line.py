"""The operators' command line, `taly-async`. The commands of a subject are in `commands.py` of its folder."""

import tomllib
from typing import Annotated

import typer

from ops.causes import commands as causes
from ops.conserve import commands as conserve
from ops.console import commands as console
from ops.contracts import commands as contracts
from ops.cost import commands as cost
from ops.dead_letters import commands as dead_letters
from ops.messages import commands as messages
from ops.messages.replay import commands as replay
from ops.outcomes import commands as outcomes
from ops.pauses import commands as pauses
from ops.preflight import commands as preflight
from ops.redo import commands as redo
from ops.schedules import commands as schedules
from ops.status import commands as status
from ops.terminal.checkout import ROOT
from ops.terminal.command import CommandLine
from ops.trace import commands as trace

PROGRAM = "taly-async"

app = CommandLine(
    help="Operate Taly CRM's asynchronous backbone.\n\nExample: taly-async status --stage prod", add_completion=True
)

PUBLISH, INSPECT, REPAIR, PLAN = "Publish", "Inspect", "Repair", "Plan"
"""Panels of the help, in this order."""

for run, panel in (
    (messages.validate, PUBLISH),
    (messages.send, PUBLISH),
    (status.status, INSPECT),
    (status.endpoints, INSPECT),
    (outcomes.outcomes, INSPECT),
    (trace.trace, INSPECT),
    (trace.tail, INSPECT),
    (conserve.conserve, INSPECT),
    (console.console, INSPECT),
    (status.drill, INSPECT),
    (pauses.pauses, INSPECT),
    (causes.causes, INSPECT),
    (dead_letters.redrive, REPAIR),
    (dead_letters.discard, REPAIR),
    (redo.redo, REPAIR),
    (replay.replay, REPAIR),
    (pauses.pause, REPAIR),
    (pauses.resume, REPAIR),
    (cost.cost, PLAN),
    (cost.limits, PLAN),
    (preflight.preflight, PLAN),
):
    app.add(run, panel=panel)
app.add(pauses.try_message, name="try", panel=REPAIR)
app.add_typer(dead_letters.app, name="dead-letters", rich_help_panel=INSPECT)
app.add_typer(causes.app, name="cause", rich_help_panel=REPAIR)
app.add_typer(schedules.app, name="schedules", rich_help_panel=REPAIR)
app.add_typer(contracts.app, name="contracts", rich_help_panel=PLAN)


def _show_version(asked: bool) -> None:
    if asked:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        typer.echo(f"{PROGRAM} {project['version']}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass
