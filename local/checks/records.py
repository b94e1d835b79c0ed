"""The records of a run: accepted messages, outcomes, dead letters, side effects, schedules."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.checks.conservation import check
from local.emulator.emulator import SentText
from local.emulator.log_flush import LogFlush
from local.stage import LocalStage
from local.standins.crm.outage import CrmOutage
from local.standins.crm.state import CrmCall
from local.standins.ses.default_bus import DeliveredEvent
from local.standins.ses.mail import SentMail
from local.standins.webhooks.state import Post
from local.traffic.publish import AcceptedPublication
from ops.conserve.message_key import MessageKey
from ops.conserve.reconciliation import Reconciliation
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.search import FoundDeadLetter, search_silently
from ops.schedules.schedules import PendingSchedule, ScheduleFilter, ScheduleGroup
from ops.stage.log_groups import LogGroups, LogTail
from ops.stage.log_lines import LogLine, parse_all
from ops.stage.services import UNROUTED
from schemas.emails import EMAIL_SEND
from schemas.names import resource_name
from schemas.reasons import Outcome
from schemas.sms import SMS_SEND
from schemas.webhooks import WEBHOOK_DELIVER

_WAIT_SECONDS = 0
"""No long polling for dead letters: the emulator is one server and knows at once what is in a queue."""


class OutcomeLog:
    """Reads the functions' log groups repeatedly and keeps every outcome line."""

    def __init__(self, logs: Any, log_groups: Mapping[str, str]) -> None:
        """Read these log groups from their beginning."""
        self._tail = LogTail(LogGroups(logs), since=datetime.fromtimestamp(0, UTC), pattern='{ $.outcome = "*" }')
        self._groups = log_groups
        self._lines: list[LogLine] = []

    def read(self, service: str = "") -> list[LogLine]:
        """All outcome lines so far; with a service, new lines of its function alone."""
        groups = {service: self._groups[service]} if service else self._groups
        lines = parse_all((event.text, event.at_ms) for event in self._tail.read(groups))
        self._lines += [line for line in lines if isinstance(line.what, Outcome)]
        return list(self._lines)


class TextsByJob:
    """Assigns text messages to the jobs that sent them."""

    def __init__(self, lines: Iterable[LogLine], phones: Mapping[str, MessageKey]) -> None:
        """Index the jobs.

        Args:
            lines: the outcome lines of all functions.
            phones: by phone number, the key of the only accepted message whose chain may send text messages to it.
        """
        chains: dict[MessageKey, tuple[str, str]] = {}
        texts: defaultdict[tuple[str, str], dict[MessageKey, None]] = defaultdict(dict)
        for line in lines:
            key, chain = MessageKey.of_line(line), (line.company_id, line.correlation_id)
            chains[key] = chain
            if line.service == SMS_SEND.name and line.what is Outcome.SUCCEEDED:
                texts[chain][key] = None
        self._chains = {phone: chains[key] for phone, key in phones.items() if key in chains}
        self._texts = texts

    def texted(self, texts: Iterable[SentText]) -> Counter[MessageKey]:
        """Count text messages by job.

        SNS takes no message id from us, so the phone number identifies the chain, and the chain's jobs get its messages
        in order.
        """
        unclaimed = {chain: iter(self._texts[chain]) for chain in self._chains.values()}
        nobody = ("", "")
        return Counter(
            next(
                unclaimed.get(self._chains.get(text.to, nobody), iter(())),
                MessageKey(SMS_SEND.name, "", f"a text to {text.to}"),
            )
            for text in texts
        )


def job_of(mail: SentMail) -> MessageKey:
    """The job that sent a mail, which its tags name; a mail without tags is known by its address."""
    if not mail.message_id:
        return MessageKey(EMAIL_SEND.name, "", f"a mail to {', '.join(mail.to)}")
    return MessageKey(EMAIL_SEND.name, mail.company_id, mail.message_id)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The records at one moment."""

    accepted: tuple[AcceptedPublication, ...]
    lines: Sequence[LogLine]
    dead_letters: Sequence[FoundDeadLetter]
    mails: Sequence[SentMail]
    texts: Sequence[SentText]
    posts: Sequence[Post]
    """Webhooks as their receiver got them."""

    schedules: Sequence[PendingSchedule]
    side_effects: Counter[MessageKey]
    """How often each side effect was seen from outside, by job."""

    reconciliation: Reconciliation
    calls: Sequence[CrmCall] = ()
    """The calls to the CRM, also those that a proxy answered."""

    outages: Sequence[CrmOutage] = ()
    """When the CRM was away."""

    reports: Sequence[DeliveredEvent] = ()
    """SES's reports about mails, as their queue took them."""

    @property
    def unrouted(self) -> int:
        """The number of messages that no rule matched."""
        return sum(each.service == UNROUTED for each in self.dead_letters)


class StageRecords:
    """The accepted messages of one stage, and their outcomes."""

    def __init__(self, stage: LocalStage) -> None:
        """Start the records of a stage that has just been deployed."""
        self._stage = stage
        self._log = OutcomeLog(stage.deployed.client("logs"), stage.deployed.log_groups)
        names = {service: resource_name(stage.deployed.name, service) for service in stage.deployed.log_groups}
        self._log_flush = LogFlush(stage.endpoint.functions, names)
        self._accepted: list[AcceptedPublication] = []
        self.schedule_group = ScheduleGroup.of(stage.deployed)

    def add(self, accepted: Iterable[AcceptedPublication]) -> None:
        """Add accepted messages, which must be accounted for from now on."""
        self._accepted += accepted

    @property
    def accepted(self) -> tuple[AcceptedPublication, ...]:
        """All accepted messages."""
        return tuple(self._accepted)

    def lines(self, service: str = "") -> list[LogLine]:
        """The outcome lines so far, without those of the heartbeats that the stage's clock sent.

        With a service, of the others only those that were read before: a call of the emulator instead of thirty.
        """
        lines = self._log.read(service)
        self._log_flush.flush(lines)
        heartbeats = self._stage.scheduled_tasks.heartbeats.ids
        return [line for line in lines if line.id not in heartbeats]

    def report_ids(self, lines: Iterable[LogLine]) -> frozenset[str]:
        """The ids of SES's reports about the mails that the jobs of these lines sent."""
        jobs, ses = {line.id for line in lines if line.service == EMAIL_SEND.name}, self._stage.ses.state
        sent = {mail.ses_id for mail in ses.mails() if mail.message_id in jobs}
        return frozenset(event["id"] for event in ses.events() if event["detail"]["mail"]["messageId"] in sent)

    def forget_workers(self) -> None:
        """Note that the emulator was restarted, which ended every function's workers."""
        self._log_flush.forget_workers(self._log.read())

    def dead_letters(self) -> list[FoundDeadLetter]:
        """The messages in the dead-letter queues, unrouted and undeliverable."""
        return self._find(())

    def dead_letters_of(self, service: str) -> list[DeadLetter]:
        """The messages in the dead-letter queue of a type or of the ingress, or in unrouted."""
        return [found.dead_letter for found in self._find((service,))]

    def schedules(self) -> Sequence[PendingSchedule]:
        """The pending schedules, the next one first.

        Raises:
            ValueError: there may be more than the emulator lists.
        """
        listing = self.schedule_group.matching(ScheduleFilter())
        if listing.may_lack_some:
            raise ValueError(
                f"{len(listing.schedules)} schedules or more are pending: the emulator lists no more than these"
            )
        return listing.schedules

    def snapshot(self) -> Snapshot:
        """Read and reconcile the records.

        Queues and schedules are read before the logs, side effects after them. So a message under way is not final yet,
        and a final one has its side effect.
        """
        dead_letters, schedules = self.dead_letters(), self.schedules()
        lines = self.lines()
        reports, mails = self._stage.ses.state.delivered(), self._stage.ses.state.mails()
        texts = self._stage.emulator.texts()
        texts_by_job = TextsByJob(lines, {item.publication.phone: item.key for item in self._accepted})
        seen = Counter(job_of(mail) for mail in mails) + texts_by_job.texted(texts)
        posts = self._stage.receiver.state.posts()
        for key, times in self._stage.crm.state.times_accepted().items():
            seen[MessageKey.of_idempotency_key(key)] += times
        for (company_id, webhook_id), times in self._stage.receiver.state.times_accepted().items():
            seen[MessageKey(WEBHOOK_DELIVER.name, company_id, webhook_id)] += times
        keys = [accepted.key for accepted in self._accepted]
        keys += [MessageKey.of_body(report.body, report.sqs_message_id) for report in reports]
        reconciliation = check(
            keys, lines, keys_in_queues(self._accepted, (each.dead_letter for each in dead_letters)), seen, schedules
        )
        crm = self._stage.crm.state
        return Snapshot(
            self.accepted,
            lines,
            dead_letters,
            mails,
            texts,
            posts,
            schedules,
            seen,
            reconciliation,
            crm.calls(),
            crm.outages,
            reports,
        )

    def _find(self, services: Sequence[str]) -> list[FoundDeadLetter]:
        return search_silently(self._stage.deployed, services, lambda _: True, wait_seconds=_WAIT_SECONDS)


def keys_in_queues(accepted: Iterable[AcceptedPublication], dead_letters: Iterable[DeadLetter]) -> Iterator[MessageKey]:
    """The keys of dead letters. One without an id is known by its body: a deferred copy has another SQS id."""
    by_body = {item.publication.body: item.key for item in accepted if not item.publication.id}
    for dead_letter in dead_letters:
        yield by_body.get(dead_letter.body) or MessageKey.of_dead_letter(dead_letter)
