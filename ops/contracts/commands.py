"""`python -m ops contracts`: the contracts as other teams get them, and what they may rely on."""

import typer

from ops.terminal.command import command

app = typer.Typer(no_args_is_help=True)


@app.callback()
def contracts() -> None:
    """The contracts as other teams get them, and what they may rely on."""


@app.command()
@command
def export() -> bool:
    """Write schemas/published/, docs/events.md and the tables of docs/personal-data.md anew from the contracts."""
    from ops.contracts.export import export as run  # each command loads what it needs alone

    return run()


@app.command()
@command
def check() -> bool:
    """Say whether the contracts as they are now would refuse or misread a message that is on its way."""
    from ops.contracts.releases.release import check as run

    return run()


@app.command()
@command
def release() -> bool:
    """Write the contracts that are new or were widened into schemas/history/, where they are kept for ever."""
    from ops.contracts.releases.release import release as run

    return run()
