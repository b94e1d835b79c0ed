"""What the scenarios share: one deployed system whose functions reach AWS through a proxy, and the books of it all."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, count
from time import monotonic
from typing import Any

from local.checks.conservation import Finding
from local.checks.records import Snapshot, StageRecords
from local.emulator.fault_proxy import FaultProxy
from local.polling import DeadlineExceededError, poll
from local.stage import LocalStage
from local.traffic.mix import Traffic
from local.traffic.publication import Case, Publication, PublicationDoor
from local.traffic.publish import AcceptedPublication, publish
from ops.stage.log_lines import LogLine
from ops.stage.services import service
from ops.terminal.output import console
from tests.e2e.chaos.table import Row, duplicates, lost

_SECONDS = 120
"""Until a scenario's messages must have ended: twice what a slow machine was seen to take."""

_SETTLING_SECONDS = 30
"""Until what is said of them can be seen."""


@dataclass(frozen=True)
class Settled:
    """What became of a scenario's messages, and of all that followed from them."""

    lines: Sequence[LogLine]
    snapshot: Snapshot
    findings: Sequence[Finding]
    """What the conservation check says of them."""

    @property
    def outcomes(self) -> Counter[str]:
        """How often each outcome came."""
        return Counter(str(line.what) for line in self.lines)

    def of(self, id_: str) -> list[LogLine]:
        """The outcomes of one message at its own function, by time: each worker of a function has a log stream."""
        lines = [line for line in self.lines if line.id == id_ and line.service == line.type]
        return sorted(lines, key=lambda line: line.at)


@dataclass(frozen=True)
class Chaos:
    """The stage, and everything that was published to it."""

    stage: LocalStage
    faults: FaultProxy
    ledger: StageRecords
    traffic: Traffic = field(default_factory=lambda: Traffic(seed=5))
    numbers: "count[int]" = field(default_factory=count)
    began: float = field(default_factory=monotonic)
    rows: list[Row] = field(default_factory=list)
    """What was seen of each scenario until now."""

    def made(
        self, *cases: Case, times: int = 1, door: PublicationDoor | None = None, **fields: Any
    ) -> list[Publication]:
        """Messages of each case, so many times, over both doors in turn unless one is named; the CRM knows of them."""
        made = []
        for number, case in enumerate(chain.from_iterable([cases] * times)):
            by = door or list(PublicationDoor)[number % len(PublicationDoor)]
            publication = self.traffic.publication(case, by, number=next(self.numbers), **fields)
            self.stage.learn(publication.facts)
            made.append(publication)
        return made

    def hand_over(self, publications: Sequence[Publication]) -> list[AcceptedPublication]:
        """Publish messages and enter them in the books."""
        accepted = list(chain.from_iterable(publish(self.stage, publications)))
        self.ledger.enter(accepted)
        return accepted

    def send_to_its_queue(self, publications: Iterable[Publication]) -> list[AcceptedPublication]:
        """Past both doors: straight to the queue of each message's type."""
        accepted = []
        for item in publications:
            answer = self.stage.endpoint.sqs.send_message(QueueUrl=self.queue_url(item.type), MessageBody=item.body)
            accepted.append(AcceptedPublication(item, answer["MessageId"]))
        self.ledger.enter(accepted)
        return accepted

    def settle(self, name: str, accepted: Collection[AcceptedPublication], *, seconds: float = _SECONDS) -> Settled:
        """Wait for the end of messages and of all that follows, balance the books, and tell what was seen.

        Args:
            name: of the scenario, for the summary.
            accepted: its messages.
            seconds: how long that may take at most.
        """
        began = monotonic()
        ids = {item.id for item in accepted}
        with suppress(DeadlineExceededError):  # whoever is missing is found by id below
            poll(lambda: not self._open(ids), what="the end of all messages", seconds=seconds, every=0.4)
        settled = self._settled(ids)
        with suppress(DeadlineExceededError):
            settled = poll(lambda: self._balanced(ids), what="balanced books", seconds=_SETTLING_SECONDS, every=0.4)
        self._tell(name, accepted, settled, monotonic() - began)
        return settled

    def lines_of(self, ids: AbstractSet[str]) -> list[LogLine]:
        """The outcomes of messages, and of all that follows from them."""
        return [line for line in self.ledger.lines() if ids & {line.id, line.correlation_id, line.sqs_message_id}]

    def queue_url(self, type_name: str) -> str:
        """The queue of a type."""
        return service(type_name, self.stage.deployed).queue_url

    def _open(self, ids: AbstractSet[str]) -> set[str]:
        lines = self.lines_of(ids)
        expected = set(ids) | {follow_up for line in lines for follow_up in line.follow_ups}
        return expected - {key for line in lines if line.final for key in (line.id, line.sqs_message_id)}

    def _balanced(self, ids: AbstractSet[str]) -> Settled | None:
        settled = self._settled(ids)
        return None if settled.findings else settled

    def _settled(self, ids: AbstractSet[str]) -> Settled:
        snapshot = self.ledger.snapshot()
        lines = [line for line in snapshot.lines if ids & {line.id, line.correlation_id, line.sqs_message_id}]
        family = set(ids) | {line.id for line in lines} | {each for line in lines for each in line.follow_ups}
        family |= {each.id for line in lines for each in line.scheduled}
        findings = [finding for finding in snapshot.balance.findings if finding.id in family]
        return Settled(lines, snapshot, findings)

    def _tell(self, name: str, accepted: Collection[AcceptedPublication], settled: Settled, seconds: float) -> None:
        followed = {each for line in settled.lines for each in line.follow_ups}
        self.rows.append(
            Row(
                scenario=name,
                accepted=len(accepted),
                followed=len(followed),
                outcomes=settled.outcomes,
                duplicates=duplicates(settled.findings),
                lost=lost(settled.findings),
                seconds=seconds,
            )
        )
        outcomes = ", ".join(f"{times} {outcome}" for outcome, times in sorted(settled.outcomes.items()))
        console.print(
            f"\n{name}: {len(accepted)} accepted, {len(followed)} followed in {seconds:.1f} s; {outcomes}; "
            f"after {monotonic() - self.began:.0f} s in all",
            soft_wrap=True,
        )
