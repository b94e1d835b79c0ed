"""The exercise after the demonstration: the CRM accepts what it refused, and the operator handles the dead letters."""

from collections import Counter
from collections.abc import Iterable, Sequence

from local.demo.instructions import show_footer
from local.emulator.deployment import STAGE
from local.stage import LocalStage
from ops.dead_letters.search import FoundDeadLetter
from ops.stage.services import UNROUTED
from ops.terminal.output import console
from schemas.advice import ADVICE
from schemas.catalogue import BY_NAME
from schemas.event_type import Kind
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Reason, Remedy

_SERVICES = (QUEUE_PROCESSOR, UNROUTED, *BY_NAME)
"""The services that can have dead letters here, in the order of the printed command."""


def show(stage: LocalStage, dead_letters: Sequence[FoundDeadLetter]) -> None:
    """Print the operator's next steps, with commands that can be pasted."""
    console.print(
        "\n[bold]The stage stays up, and a cause is fixed:[/] the CRM accepts activities again. The dead letters are "
        "yours; docs/runbook.md says what to do. Before the first command: source .venv/bin/activate"
    )
    for title, commands in (
        ("Do all of it in the browser", ["taly-async console --open"]),
        ("… or in the terminal: redrive what can succeed now, as its card says", redrives(dead_letters)),
        ("Discard what would fail again: its producer must publish it anew", discards(dead_letters)),
        (
            "Read the mails and the text messages in a browser",
            [f"{stage.ses.base_url}/", f"{stage.ses.base_url}/texts"],
        ),
        ("Check that nothing is left, once the alarms have recovered", ["taly-async status --check"]),
    ):
        if commands:
            console.print(f"\n[bold]{title}[/]")
        for command in commands:
            console.print(command, markup=False, soft_wrap=True)
    show_footer(stage.folder.path)


def redrives(dead_letters: Iterable[FoundDeadLetter]) -> list[str]:
    """The redrive commands of the cards whose causes are fixed, the most frequent cause first."""
    causes = Counter((each.service, each.dead_letter.fingerprint) for each in dead_letters if _can_succeed(each))
    return [
        f"taly-async redrive {service} --cause {fingerprint} --stage {STAGE}"
        for (service, fingerprint), _ in causes.most_common()
    ]


def discards(dead_letters: Iterable[FoundDeadLetter]) -> list[str]:
    """One command that discards the dead letters of all types without any that can succeed; none without such types."""
    dead_letters = list(dead_letters)
    hopeless = {each.service for each in dead_letters} - {each.service for each in dead_letters if _can_succeed(each)}
    services = " ".join(name for name in _SERVICES if name in hopeless)
    discard = f'taly-async discard $type --all --comment "its producer was informed" --stage {STAGE}'
    return [f"for type in {services}; do {discard}; done"] if services else []


def _can_succeed(found: FoundDeadLetter) -> bool:
    """Whether a redrive succeeds once the cause is fixed: only a job's can, and only if its card says to redrive.

    The card of a reaction with the reason `permanent` says so too, but in the demonstration its message is at fault.
    """
    service = BY_NAME.get(found.service)
    is_job = service is not None and service.kind is Kind.JOB
    return is_job and ADVICE[Reason(found.dead_letter.reason)].remedy is Remedy.REDRIVE
