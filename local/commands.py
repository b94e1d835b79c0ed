"""The commands of `python -m local`."""

from typing import Annotated

import typer

from ops.terminal.command import command


@command
def demo(
    keep: Annotated[
        bool,
        typer.Option(
            "--keep", help="Leave the stage running, with its dead letters for you to repair; `down` stops it."
        ),
    ] = False,
) -> bool:
    """Deploy to the embedded AWS emulator, publish 300 events of all types, check that nothing was lost.

    Example: python -m local demo --keep
    """
    if keep:
        from local.supervision.supervisor import keep_demo

        return keep_demo()

    from local.demo.demo import demo as run

    return run()


@command
def up() -> bool:
    """Start the local stage and leave it running; prints how to publish to it.

    Example: python -m local up
    """
    from local.supervision.supervisor import up as run

    return run()


@command
def down() -> bool:
    """Stop the local stage that was left running.

    Example: python -m local down
    """
    from local.supervision.supervisor import down as run

    return run()


@command
def supervise(
    demo: Annotated[bool, typer.Option("--demo", help="Run the demonstration on the stage first.")] = False,
) -> bool:
    """Run the local stage until it is stopped; `up` and `demo --keep` start this in the background."""
    from local.demo.demo import demo_with_exercise
    from local.supervision.supervisor import supervise as run

    return run("demo", demo_with_exercise) if demo else run("up")
