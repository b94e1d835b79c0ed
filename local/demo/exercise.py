"""The exercise after the demonstration: the CRM accepts what it refused, and the operator handles the dead letters."""

from collections.abc import Iterable, Sequence

from local.demo.instructions import show_footer
from local.emulator.deployment import STAGE
from local.stage import LocalStage
from ops.dead_letters.remedies import remedies_of
from ops.dead_letters.search import FoundDeadLetter
from ops.terminal.output import console
from schemas.reasons import Remedy

_COMMENT = '--comment "the senders are informed"'


def show(stage: LocalStage, dead_letters: Sequence[FoundDeadLetter]) -> None:
    """Print the operator's next steps, with commands that can be pasted."""
    console.print(
        "\n[bold]The stage stays up, and a cause is fixed:[/] the CRM accepts activities again. The dead letters are "
        "yours; docs/runbook.md says what to do. Before the first command: source .venv/bin/activate"
    )
    for title, commands in (
        ("Do all of it in the browser", ["taly-async console --open"]),
        *steps(dead_letters),
        (
            "Read the mails and the text messages in a browser",
            [f"{stage.ses.base_url}/", f"{stage.ses.base_url}/texts"],
        ),
        ("Check that nothing is left, once the alarms have recovered", ["taly-async status --check"]),
    ):
        console.print(f"\n[bold]{title}[/]")
        for command in commands:
            console.print(command, markup=False, soft_wrap=True)
    show_footer(stage.folder.path)


def steps(dead_letters: Iterable[FoundDeadLetter]) -> list[tuple[str, list[str]]]:
    """The commands for the remedies that the dead letters have, each with a title."""
    remedies = remedies_of(dead_letters)
    commands = {
        Remedy.REDRIVE: (
            "… or in the terminal: redrive what is ours, as its cause is fixed",
            [f"taly-async redrive --all --stage {STAGE}"],
        ),
        Remedy.DISCARD: (
            "Discard what its sender has to correct, and read what to send to whom",
            [f"taly-async discard --remedy discard {_COMMENT} --stage {STAGE}"],
        ),
        Remedy.MEND: (
            "Correct a payload and send it anew; dead-letters list --each names the ids",
            [f'taly-async redo ID --payload FILE --comment "payload corrected" --stage {STAGE}'],
        ),
    }
    return [step for remedy, step in commands.items() if remedy in remedies]
