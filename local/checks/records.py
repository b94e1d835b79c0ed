"""All that is known of what was published to a stage: the accepted, the outcomes, the letters, the side effects."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.checks.conservation import Reconciliation, check
from local.clock.alarms.lambda_metrics import Functions
from local.emulator.emulator import SentMail, SentText
from local.emulator.log_flush import LateLines
from local.stage import LocalStage
from local.standins.webhooks.state import Post
from local.traffic.publish import AcceptedPublication
from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.search import Found, search_silently
from ops.schedules.schedules import PendingSchedule, ScheduleFilter, ScheduleGroup
from ops.stage.log_groups import LogGroups, LogTail
from ops.stage.log_lines import LogLine, parse_all
from ops.stage.services import UNROUTED
from schemas.reasons import Outcome
from schemas.sms import SMS_SEND

_WAIT_SECONDS = 0
"""For dead letters: the emulator is one server, which knows at once whether any lies in a queue."""


class OutcomeLog:
    """Reads the functions' log groups on and on; what was read is kept."""

    def __init__(self, logs: Any, log_groups: Mapping[str, str]) -> None:
        """Read these groups from their beginning on."""
        self._tail = LogTail(LogGroups(logs), since=datetime.fromtimestamp(0, UTC), pattern='{ $.outcome = "*" }')
        self._groups = log_groups
        self._lines: list[LogLine] = []

    def read(self) -> list[LogLine]:
        """All outcome lines until now."""
        lines = parse_all((event.text, event.at_ms) for event in self._tail.read(self._groups))
        self._lines += [line for line in lines if isinstance(line.what, Outcome)]
        return list(self._lines)


class SideEffects:
    """Knows the jobs by their outcome lines."""

    def __init__(self, lines: Iterable[LogLine], phones: Mapping[str, str]) -> None:
        """Bring home what these jobs did.

        Args:
            lines: the outcome lines of all functions.
            phones: for each phone number the id of the one accepted message whose chain may send texts there.
        """
        chains: dict[str, str] = {}
        jobs: defaultdict[str, list[str]] = defaultdict(list)
        for line in lines:
            chains[line.id] = line.correlation_id
            if line.service == SMS_SEND.name and line.what is Outcome.SUCCEEDED:
                jobs[line.correlation_id].append(line.id)
        self._texting = {phone: jobs[chains[id_]] for phone, id_ in phones.items() if id_ in chains}

    @staticmethod
    def mailed(mails: Iterable[SentMail]) -> Counter[str]:
        """Mails by the job that each names; one that names none is counted by its address."""
        return Counter(mail.message_id or f"a mail to {', '.join(mail.to)}" for mail in mails)

    def texted(self, texts: Iterable[SentText]) -> Counter[str]:
        """Texts by job. SNS takes no id of ours: the number tells the chain, whose jobs' texts are taken in turn."""
        unclaimed = {phone: iter(jobs) for phone, jobs in self._texting.items()}
        return Counter(next(unclaimed.get(text.to, iter(())), f"a text to {text.to}") for text in texts)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The books at one moment."""

    accepted: tuple[AcceptedPublication, ...]
    lines: Sequence[LogLine]
    letters: Sequence[Found]
    mails: Sequence[SentMail]
    texts: Sequence[SentText]
    posts: Sequence[Post]
    """Webhooks, as their receiver took them."""

    schedules: Sequence[PendingSchedule]
    side_effects: Counter[str]
    """How often each was seen from outside, by the id of its job."""

    balance: Reconciliation

    @property
    def unrouted(self) -> int:
        """How many messages no rule matched."""
        return sum(each.service == UNROUTED for each in self.letters)


class StageRecords:
    """Keeps the books of one stage."""

    def __init__(self, stage: LocalStage) -> None:
        """Open the books of a stage that has just been started."""
        self._stage = stage
        self._log = OutcomeLog(stage.deployed.client("logs"), stage.deployed.log_groups)
        self._late_lines = LateLines(stage.endpoint.functions, _function_names(stage))
        self._accepted: list[AcceptedPublication] = []
        self.schedule_group = ScheduleGroup.of(stage.deployed)

    def enter(self, accepted: Iterable[AcceptedPublication]) -> None:
        """These were handed over, and must be accounted for from now on."""
        self._accepted += accepted

    @property
    def accepted(self) -> tuple[AcceptedPublication, ...]:
        """What was handed over."""
        return tuple(self._accepted)

    def lines(self) -> list[LogLine]:
        """The outcome lines until now, but for those of the heartbeats that the stage's own minutes brought."""
        lines = self._log.read()
        self._late_lines.bring_out(lines)
        beats = self._stage.scheduled_tasks.beats.ids
        return [line for line in lines if line.id not in beats]

    def forget_workers(self) -> None:
        """The emulator was restarted, and with it every function's workers."""
        self._late_lines.forget_workers(self._log.read())

    def letters(self) -> list[Found]:
        """What lies in the dead-letter queues, unrouted and undeliverable."""
        return self._lying(())

    def letters_of(self, service: str) -> list[DeadLetter]:
        """What lies in the dead-letter queue of a type or of the ingress, or unrouted."""
        return [found.dead_letter for found in self._lying((service,))]

    def schedules(self) -> Sequence[PendingSchedule]:
        """What stands to be sent later, the next one first.

        Raises:
            ValueError: there may be more than the emulator lists.
        """
        listing = self.schedule_group.matching(ScheduleFilter())
        if listing.may_lack_some:
            raise ValueError(f"{len(listing.schedules)} schedules stand or more: the emulator lists no more than these")
        return listing.schedules

    def snapshot(self) -> Snapshot:
        """The books now, balanced.

        What functions leave behind before they say so is read before the lines, what they must have done by
        then after them: so what is still on its way is not final, and what is final has nothing missing.
        """
        letters, schedules = self.letters(), self.schedules()
        lines = self.lines()
        mails, texts = self._stage.emulator.mails(), self._stage.emulator.texts()
        side_effects = SideEffects(lines, {item.publication.phone: item.id for item in self._accepted})
        seen = side_effects.mailed(mails) + side_effects.texted(texts)
        posts = self._stage.receiver.books.posts()
        seen += self._stage.crm.books.times_accepted() + self._stage.receiver.books.times_accepted()
        ids = [accepted.id for accepted in self._accepted]
        balance = check(ids, lines, (each.dead_letter for each in letters), seen, schedules)
        return Snapshot(self.accepted, lines, letters, mails, texts, posts, schedules, seen, balance)

    def _lying(self, services: Sequence[str]) -> list[Found]:
        return search_silently(self._stage.deployed, services, lambda _: True, wait_seconds=_WAIT_SECONDS)


def _function_names(stage: LocalStage) -> dict[str, str]:
    """What Lambda calls the functions, by the service of their lines."""
    named = {group: name for name, group in Functions(stage.endpoint.functions).log_groups().items()}
    return {service: named[group] for service, group in stage.deployed.log_groups.items()}
