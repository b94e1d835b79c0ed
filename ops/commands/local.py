"""The whole system on this machine."""

from ops.command import command


@command
def demo() -> bool:
    """Deploy to the embedded AWS emulator, publish 300 events of all types, check that nothing was lost."""
    from ops.local.demo import demo as run  # noqa: PLC0415 each command loads what it needs alone

    return run()


@command
def up() -> bool:
    """Leave the local stage running; prints how to publish to it."""
    from ops.local.supervision import up as run  # noqa: PLC0415 likewise

    return run()


@command
def down() -> bool:
    """Stop the local stage that was left running."""
    from ops.local.supervision import down as run  # noqa: PLC0415 likewise

    return run()


@command
def supervise() -> bool:
    """Hold the local stage: what `up` starts in the background."""
    from ops.local.supervision import supervise as run  # noqa: PLC0415 likewise

    return run()
