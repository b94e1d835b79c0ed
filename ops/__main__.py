"""`python -m ops`: what people do with the system."""

import sys
from typing import Annotated

import typer

from ops.command import command
from ops.contracts.commands import app as contracts
from ops.via import Via

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)
app.add_typer(contracts, name="contracts")


@app.callback()
def main() -> None:
    """Taly CRM's asynchronous backbone, for people."""


@app.command()
@command
def demo() -> bool:
    """Deploy to the embedded AWS emulator, publish 300 events of all types, check that nothing was lost."""
    from ops.local.demo import demo as run  # noqa: PLC0415 each command loads what it needs alone

    return run()


@app.command()
@command
def up() -> bool:
    """Leave the local stage running; prints how to publish to it."""
    from ops.local.supervision import up as run  # noqa: PLC0415 likewise

    return run()


@app.command()
@command
def down() -> bool:
    """Stop the local stage that was left running."""
    from ops.local.supervision import down as run  # noqa: PLC0415 likewise

    return run()


@app.command(hidden=True)
@command
def supervise() -> bool:
    """Hold the local stage: what `up` starts in the background."""
    from ops.local.supervision import supervise as run  # noqa: PLC0415 likewise

    return run()


@app.command()
@command
def validate(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="One message; - is standard input.")] = "-",
) -> bool:
    """Say whether a message is valid, and if not, everything that is wrong with it."""
    from ops.validate import validate as run  # noqa: PLC0415 likewise

    return run(file)


@app.command()
@command
def send(  # noqa: PLR0913, PLR0917 one parameter an option
    type_name: Annotated[str, typer.Argument(metavar="TYPE", help="Such as booking.created.")],
    payload: Annotated[
        str | None, typer.Option(metavar="FILE|-", help="The payload's JSON; without it, the contract's example.")
    ] = None,
    via: Annotated[Via, typer.Option(help="The ingress queue, or straight to the event bus.")] = Via.SQS,
    count: Annotated[int, typer.Option(min=1, help="So many messages, each with its own id.")] = 1,
    stage: Annotated[str, typer.Option(help="The stage; `local` is the one that `make up` started.")] = "local",
    unchecked: Annotated[bool, typer.Option("--unchecked", help="Send also what the contract refuses.")] = False,
) -> bool:
    """Send messages to any stage, with the credentials and the endpoint that boto3 finds."""
    from ops.send import Request  # noqa: PLC0415 likewise
    from ops.send import send as run  # noqa: PLC0415 likewise

    return run(Request(type_name=type_name, payload=payload, via=via, count=count, stage=stage, checked=not unchecked))


@app.command()
@command
def drill(
    stage: Annotated[str, typer.Option(help="The stage; `local` is the one that `make up` started.")] = "local",
    deadline: Annotated[float, typer.Option(min=1, metavar="SECONDS", help="Until it is given up.")] = 300,
) -> bool:
    """Let a message fail on purpose, and wait until people are told; safe in production, cleans up after itself."""
    from ops.drill import drill as run  # noqa: PLC0415 likewise

    return run(stage, deadline)


@app.command()
@command
def redrive(
    service: Annotated[str, typer.Argument(metavar="TYPE", help="Such as email.send, or queue_processor.")],
    fingerprint: Annotated[str, typer.Option(metavar="CAUSE", help="Those of this cause alone: see the card.")] = "",
    stage: Annotated[str, typer.Option(help="The stage; `local` is the one that `make up` started.")] = "local",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count them.")] = False,
) -> bool:
    """Send dead letters back to the queue that they died on, with all their attempts before them."""
    from ops.redrive import Request  # noqa: PLC0415 likewise
    from ops.redrive import redrive as run  # noqa: PLC0415 likewise

    return run(Request(service=service, fingerprint=fingerprint, stage=stage, dry_run=dry_run))


@app.command()
@command
def cost(
    stage: Annotated[str, typer.Option(help="The stage whose templates are counted.")] = "prod",
) -> bool:
    """Print what the monitoring of a stage costs a month, whatever happens."""
    from ops.cost import cost as run  # noqa: PLC0415 likewise

    return run(stage)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # names are in every script there is
    app()
