"""The commands `contracts …`: the published contracts and their compatibility."""

from ops.terminal.command import CommandLine, command

app = CommandLine(help="Publish the contracts, and check their compatibility.\n\nExample: taly-async contracts check")


@command
def export() -> bool:
    """Write schemas/published/, docs/events.md and the tables of docs/personal-data.md anew from the contracts.

    Example: taly-async contracts export
    """
    from ops.contracts.export import export as run

    return run()


@command
def check() -> bool:
    """Check that the contracts neither refuse nor misread a message that is on its way.

    Example: taly-async contracts check
    """
    from ops.contracts.releases.release import check as run

    return run()


@command
def release() -> bool:
    """Add new and widened contracts to schemas/history/, where they are kept for ever.

    Example: taly-async contracts release
    """
    from ops.contracts.releases.release import release as run

    return run()


for run in (export, check, release):
    app.add(run)
