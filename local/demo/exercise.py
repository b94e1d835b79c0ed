"""What is left of the demonstration to practise on: the causes are mended, the dead letters are for a person."""

from collections import Counter
from collections.abc import Iterable, Sequence
from http import HTTPStatus

from local.demo.instructions import ending
from local.emulator.deployment import STAGE
from local.stage import LocalStage
from local.standins.crm.state import CrmState
from local.traffic.publication import Publication
from ops.dead_letters.search import Found
from ops.stage.services import UNROUTED
from ops.terminal.output import console
from schemas.advice import ADVICE, Remedy
from schemas.catalogue import BY_NAME
from schemas.event_type import Kind
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Reason

_SERVICES = (QUEUE_PROCESSOR, UNROUTED, *BY_NAME)
"""What letters of the demonstration are of, in the order in which the command names them."""


def mend(crm: CrmState, published: Iterable[Publication]) -> None:
    """Do what the cards ask for: the CRM takes what it refused, and tells no more of endpoints that are gone."""
    crm.recover()
    for item in published:
        for subscriber in item.facts.subscribers:
            if subscriber.outage and subscriber.outage.status == HTTPStatus.GONE:
                crm.unsubscribe(subscriber.company_id, subscriber.event, subscriber.endpoint_id)


def show(stage: LocalStage, letters: Sequence[Found]) -> None:
    """Print what a person does now, with commands that work as they are pasted."""
    console.print(
        "\n[bold]The stage stays up, and what stood in the way is mended:[/] the CRM takes activities again, and is "
        "rid of the endpoints that are gone. The dead letters are for you; docs/runbook.md says how. Before the first "
        "command: source .venv/bin/activate"
    )
    for title, commands in (
        ("All of it in the browser", ["taly-async console --open"]),
        ("… or here: send back what can be done now, as its card says", redrives(letters)),
        ("Discard what would die again: its sender must make it anew", discards(letters)),
        ("See that nothing is left, once the alarms have recovered", ["taly-async status --check"]),
    ):
        if commands:
            console.print(f"\n[bold]{title}[/]")
        for command in commands:
            console.print(command, markup=False, soft_wrap=True)
    ending(stage.folder.path)


def redrives(letters: Iterable[Found]) -> list[str]:
    """The commands of the cards whose letters are good, those of the most letters first."""
    good = Counter((each.service, each.dead_letter.fingerprint) for each in letters if _is_good(each))
    return [
        f"taly-async redrive {service} --cause {fingerprint} --stage {STAGE}"
        for (service, fingerprint), _ in good.most_common()
    ]


def discards(letters: Iterable[Found]) -> list[str]:
    """One that goes through all types of which no letter is good; none where there are none."""
    letters = list(letters)
    bad = {each.service for each in letters} - {each.service for each in letters if _is_good(each)}
    services = " ".join(name for name in _SERVICES if name in bad)
    discard = f'taly-async discard $type --all --comment "its sender was told" --stage {STAGE}'
    return [f"for type in {services}; do {discard}; done"] if services else []


def _is_good(found: Found) -> bool:
    """Whether it is done once what stood in the way is mended: a job's, whose card says to redrive.

    A reaction's card says so too where its reason is `permanent`, but in the demonstration its message is at fault.
    """
    service = BY_NAME.get(found.service)
    is_job = service is not None and service.kind is Kind.JOB
    return is_job and ADVICE[Reason(found.dead_letter.reason)].remedy is Remedy.REDRIVE
