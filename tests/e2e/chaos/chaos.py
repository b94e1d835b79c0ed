"""The deployed system that all scenarios share: its functions reach AWS through a proxy; and its records."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, count
from time import monotonic
from typing import Any

from local.checks.records import Snapshot, StageRecords
from local.emulator.fault_proxy import FaultProxy
from local.polling import DeadlineExceededError, poll
from local.stage import LocalStage
from local.traffic.mix import Traffic
from local.traffic.publication import Case, Publication, PublicationDoor
from local.traffic.publish import AcceptedPublication, publish
from ops.conserve.reconciliation import Finding
from ops.stage.log_lines import LogLine
from ops.stage.services import service
from ops.terminal.output import console
from tests.e2e.chaos.table import ScenarioRow, duplicates, lost

_SECONDS = 120
"""Until a scenario's outcomes must be final: twice what a slow machine has taken."""

_SETTLING_SECONDS = 30
"""From the last outcome line until its dead letter or side effect must be visible."""


@dataclass(frozen=True)
class SettledScenario:
    """The outcomes of a scenario's messages and of all their follow-ups."""

    lines: Sequence[LogLine]
    snapshot: Snapshot
    findings: Sequence[Finding]
    """The conservation check's findings about these messages."""

    @property
    def outcomes(self) -> Counter[str]:
        """How often each outcome occurred."""
        return Counter(str(line.what) for line in self.lines)

    def of(self, id_: str) -> list[LogLine]:
        """The outcomes of one message at its type's function, by time: each worker has a log stream."""
        lines = [line for line in self.lines if line.id == id_ and line.service == line.type]
        return sorted(lines, key=lambda line: line.at)


@dataclass(frozen=True)
class Chaos:
    """The stage and the records of everything that was published to it."""

    stage: LocalStage
    faults: FaultProxy
    records: StageRecords
    traffic: Traffic = field(default_factory=lambda: Traffic(seed=5))
    numbers: "count[int]" = field(default_factory=count)
    began: float = field(default_factory=monotonic)
    rows: list[ScenarioRow] = field(default_factory=list)
    """The table's rows of the scenarios so far."""

    def messages(
        self, *cases: Case, times: int = 1, door: PublicationDoor | None = None, **fields: Any
    ) -> list[Publication]:
        """Create messages of each case, by both doors in turn unless one is given; the CRM gets their data."""
        created = []
        for number, case in enumerate(chain.from_iterable([cases] * times)):
            by = door or list(PublicationDoor)[number % len(PublicationDoor)]
            publication = self.traffic.publication(case, by, number=next(self.numbers), **fields)
            self.stage.prepare(publication.facts)
            created.append(publication)
        return created

    def send(self, publications: Sequence[Publication]) -> list[AcceptedPublication]:
        """Publish messages and add them to the records."""
        accepted = list(chain.from_iterable(publish(self.stage, publications)))
        self.records.add(accepted)
        return accepted

    def send_to_its_queue(self, publications: Iterable[Publication]) -> list[AcceptedPublication]:
        """Send messages directly to the queues of their types, past ingress and bus."""
        accepted = []
        for item in publications:
            answer = self.stage.endpoint.sqs.send_message(QueueUrl=self.queue_url(item.type), MessageBody=item.body)
            accepted.append(AcceptedPublication(item, answer["MessageId"]))
        self.records.add(accepted)
        return accepted

    def settle(
        self, name: str, accepted: Collection[AcceptedPublication], *, seconds: float = _SECONDS
    ) -> SettledScenario:
        """Wait for the final outcomes of messages and all follow-ups, reconcile them, and add a row to the table.

        Args:
            name: the scenario's name in the table.
            accepted: the scenario's messages.
            seconds: the deadline for final outcomes.
        """
        began = monotonic()
        ids = {item.id for item in accepted}
        with suppress(DeadlineExceededError):  # the conservation check names what is missing
            poll(
                lambda: not self._unfinished(ids), what="the final outcomes of all messages", seconds=seconds, every=0.4
            )
        settled = self._settled(ids)
        with suppress(DeadlineExceededError):
            what = "records without findings"
            settled = poll(lambda: self._reconciled(ids), what=what, seconds=_SETTLING_SECONDS, every=0.4)
        self._report(name, accepted, settled, monotonic() - began)
        return settled

    def lines_of(self, ids: AbstractSet[str]) -> list[LogLine]:
        """The outcome lines of messages, of all their follow-ups, and of SES's reports about their mails."""
        return self._lines_of(ids, self.records.lines())

    def queue_url(self, type_name: str) -> str:
        """The queue of a type."""
        return service(type_name, self.stage.deployed).queue_url

    def _unfinished(self, ids: AbstractSet[str]) -> set[str]:
        lines = self.lines_of(ids)
        expected = set(ids) | {follow_up for line in lines for follow_up in line.follow_ups}
        expected |= self.records.report_ids(lines)
        return expected - {key for line in lines if line.final for key in (line.id, line.sqs_message_id)}

    def _lines_of(self, ids: AbstractSet[str], read: Sequence[LogLine]) -> list[LogLine]:
        lines = [line for line in read if ids & {line.id, line.correlation_id, line.sqs_message_id}]
        reports = self.records.report_ids(lines)
        return [*lines, *(line for line in read if line.id in reports)]

    def _reconciled(self, ids: AbstractSet[str]) -> SettledScenario | None:
        settled = self._settled(ids)
        return None if settled.findings else settled

    def _settled(self, ids: AbstractSet[str]) -> SettledScenario:
        snapshot = self.records.snapshot()
        lines = self._lines_of(ids, snapshot.lines)
        related = set(ids) | {line.id for line in lines} | {each for line in lines for each in line.follow_ups}
        related |= {each.id for line in lines for each in line.scheduled}
        findings = [finding for finding in snapshot.reconciliation.findings if finding.id in related]
        return SettledScenario(lines, snapshot, findings)

    def _report(
        self, name: str, accepted: Collection[AcceptedPublication], settled: SettledScenario, seconds: float
    ) -> None:
        follow_ups = {each for line in settled.lines for each in line.follow_ups}
        self.rows.append(
            ScenarioRow(
                scenario=name,
                accepted=len(accepted),
                follow_ups=len(follow_ups),
                outcomes=settled.outcomes,
                duplicates=duplicates(settled.findings),
                lost=lost(settled.findings),
                seconds=seconds,
            )
        )
        outcomes = ", ".join(f"{times} {outcome}" for outcome, times in sorted(settled.outcomes.items()))
        console.print(
            f"\n{name}: {len(accepted)} accepted, {len(follow_ups)} follow-ups in {seconds:.1f} s; {outcomes}; "
            f"after {monotonic() - self.began:.0f} s in all",
            soft_wrap=True,
        )
