"""The whole system on this machine."""

from typing import Annotated

import typer

from ops.terminal.command import command


@command
def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave it running, with what died to be mended by you; `down` stops it.")
    ] = False,
) -> bool:
    """Deploy to the embedded AWS emulator, publish 300 events of all types, check that nothing was lost."""
    if keep:
        from local.supervision.supervisor import keep_demo  # each command loads what it needs alone

        return keep_demo()

    from local.demo.demo import demo as run

    return run()


@command
def up() -> bool:
    """Leave the local stage running; prints how to publish to it."""
    from local.supervision.supervisor import up as run

    return run()


@command
def down() -> bool:
    """Stop the local stage that was left running."""
    from local.supervision.supervisor import down as run

    return run()


@command
def supervise(
    demo: Annotated[bool, typer.Option("--demo", help="Show the demonstration on it first.")] = False,
) -> bool:
    """Hold the local stage: what `up` and `demo --keep` start in the background."""
    from local.demo.demo import demo_with_exercise
    from local.supervision.supervisor import supervise as run

    return run("demo", demo_with_exercise) if demo else run("up")
