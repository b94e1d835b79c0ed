"""Publish new messages in place of old ones: each is written to the audit log, then published.

An old message that is a dead letter is then deleted from its queue. So an interruption loses nothing: the same run
again gives the same new ids, which the functions drop as duplicates, and deletes what was left.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace

from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.queue import DeadLetterQueue, Lease
from ops.dead_letters.redrive.rate_limit import RateLimiter
from ops.redo.anew import NewMessage
from ops.redo.bodies import GONE
from ops.redo.sample import NewMessageMonitor, NewOutcome
from ops.stage.audit_log import Audit
from ops.stage.aws_errors import AwsError, aws_failures_as_sentences
from ops.terminal.progress import Progress, unseen
from publishing.batches import MAX_ENTRIES, batches
from publishing.doors import BUS_LIMIT, Accepted, Entry, Receipt
from schemas.reasons import OperatorAction

Publish = Callable[[Iterable[Entry]], Iterator[Receipt]]


@dataclass
class RedoResult:
    """The result of a redo so far; kept up to date, so that it holds after an interruption as well."""

    finished: bool = False
    chosen: int = 0
    sent: int = 0
    not_sent: dict[str, str] = field(default_factory=dict)
    """Why messages were not published, by the old id."""

    covered: dict[str, str] = field(default_factory=dict)
    """Why messages need no redo of their own, by the old id."""

    not_deleted: dict[str, str] = field(default_factory=dict)
    """Why dead letters that were published anew are still in their queue, by the old id."""

    in_doubt: int = 0
    """Messages in a call that got no answer: up to this many more may have been published."""

    sample: tuple[NewOutcome, ...] = ()
    stopped: bool = False
    """Whether the rest was not published, because not all of the sample succeeded."""

    @property
    def succeeded(self) -> bool:
        """Whether all chosen messages were published, and the dead letters among them deleted."""
        return self.finished and not (self.not_sent or self.not_deleted or self.stopped)


@dataclass(frozen=True, kw_only=True)
class Words:
    """What the audit log says of a run."""

    run: str
    comment: str
    edited: bool = False
    """Whether the payload is another one."""

    def fields(self) -> Mapping[str, str]:
        """The fields of each line."""
        return {"run": self.run, "why": self.comment} | ({"edited": "yes"} if self.edited else {})


class Redo:
    """A run that publishes new messages on the bus."""

    def __init__(  # noqa: PLR0913 all by keyword but the first
        self,
        publish: Publish,
        *,
        queues: Callable[[str], DeadLetterQueue],
        audit: Audit,
        words: Words,
        rate_limiter: RateLimiter,
        on_sent: Progress = unseen,
    ) -> None:
        """Prepare a run.

        Args:
            publish: puts messages on the bus.
            queues: returns the dead-letter queue of a service.
            audit: the audit log, written to before each call.
            words: what it says.
            rate_limiter: limits messages per second.
            on_sent: called with the number published after each call. An exception from it ends the run.
        """
        self._put = publish
        self._queues = queues
        self._audit = audit
        self._words = words
        self._rate_limiter = rate_limiter
        self._on_sent = on_sent

    def run(
        self,
        messages: Sequence[NewMessage],
        result: RedoResult,
        *,
        sample: int | None = None,
        monitor: NewMessageMonitor | None = None,
    ) -> None:
        """Publish messages. If the sample does not succeed, the rest is not published.

        Args:
            messages: the new messages.
            result: updated after each step.
            sample: how many to publish first; None to publish all at once.
            monitor: follows the sample.

        Raises:
            AwsError: AWS refuses.
            AuditError: the audit log cannot be written.
        """
        with ExitStack() as stack:
            leases = {name: stack.enter_context(lease) for name, lease in self._leases(messages).items()}
            leased = _Leases(leases)
            first, rest = (messages[:sample], messages[sample:]) if sample and monitor else ([], messages)
            if first and monitor:
                since = self._audit.now()
                sent = self._publish_all(first, leased, result)
                result.sample = monitor.wait(sent, since, meanwhile=leased.renew) if sent else ()
                result.stopped = len(sent) < len(first) or not all(each.succeeded for each in result.sample)
            if not result.stopped:
                self._publish_all(rest, leased, result)
        result.finished = True

    def _leases(self, messages: Iterable[NewMessage]) -> Mapping[str, AbstractContextManager[Lease]]:
        wanted: dict[str, set[str]] = defaultdict(set)
        for each in messages:
            if each.dead_letter:
                wanted[each.dead_letter.service].add(each.dead_letter.dead_letter.sqs_message_id)
        return {name: self._queues(name).lease(_is_one_of(ids)) for name, ids in wanted.items()}

    def _publish_all(self, messages: Sequence[NewMessage], leases: "_Leases", result: RedoResult) -> list[NewMessage]:
        sent: list[NewMessage] = []
        count = self._rate_limiter.batch_size(MAX_ENTRIES)
        for batch in batches(messages, count, size=lambda each: each.entry.bus_size, limit=BUS_LIMIT):
            self._rate_limiter.wait(len(batch), meanwhile=leases.renew)
            leases.renew()
            here = [each for each in batch if leases.have(each)]
            result.not_sent |= {_name(each): GONE for each in batch if not leases.have(each)}
            if here:
                sent += self._publish(here, leases, result)
                self._on_sent(result.sent)
        return sent

    def _publish(self, messages: Sequence[NewMessage], leases: "_Leases", result: RedoResult) -> list[NewMessage]:
        self._write(OperatorAction.REDONE, messages)
        result.in_doubt = len(messages)
        try:
            with aws_failures_as_sentences():
                receipts = list(self._put(each.entry for each in messages))
        except AwsError as error:
            result.in_doubt = 0 if error.answered else len(messages)
            raise
        result.in_doubt = 0
        answered = list(zip(messages, receipts, strict=True))
        sent = [each for each, receipt in answered if isinstance(receipt, Accepted)]
        result.sent += len(sent)
        result.not_deleted |= {_name(each): "SQS did not answer" for each in sent if each.dead_letter}
        for each, why in leases.delete(sent).items():
            if why:
                result.not_deleted[each] = why
            else:
                result.not_deleted.pop(each, None)
        refused = [(each, receipt) for each, receipt in answered if not isinstance(receipt, Accepted)]
        if refused:
            result.not_sent |= {
                _name(each): f"EventBridge did not take it: {receipt.code}" for each, receipt in refused
            }
            self._write(OperatorAction.REDO_REFUSED, [each for each, _ in refused])
        return sent

    def _write(self, message: str, about: Sequence[NewMessage]) -> None:
        by_type: dict[str, list[Mapping[str, str]]] = defaultdict(list)
        for each in about:
            by_type[each.entry.type].append(_audited(each))
        for name, lines in by_type.items():
            replace(self._audit, service=name).write(message, lines, **self._words.fields())


class _Leases:
    """The leases on the dead letters of a run, by service."""

    def __init__(self, leases: Mapping[str, Lease]) -> None:
        self._leases = leases

    def renew(self) -> None:
        for lease in self._leases.values():
            lease.renew()

    def have(self, message: NewMessage) -> bool:
        """Whether a message is no dead letter, or one that is hidden from others."""
        found = message.dead_letter
        return found is None or self._leases[found.service].is_leased(found.dead_letter)

    def delete(self, messages: Iterable[NewMessage]) -> dict[str, str]:
        """Delete the dead letters among messages; return why not, or an empty text, by the old id."""
        by_service: dict[str, list[tuple[NewMessage, DeadLetter]]] = defaultdict(list)
        for each in messages:
            if each.dead_letter:
                by_service[each.dead_letter.service].append((each, each.dead_letter.dead_letter))
        outcomes: dict[str, str] = {}
        for service, pairs in by_service.items():
            refused = self._leases[service].delete([dead_letter for _, dead_letter in pairs])
            for message, dead_letter in pairs:
                code = refused.get(dead_letter.sqs_message_id)
                outcomes[_name(message)] = f"SQS did not delete it: {code}" if code else ""
        return outcomes


def _is_one_of(ids: set[str]) -> Callable[[DeadLetter], bool]:
    return lambda dead_letter: dead_letter.sqs_message_id in ids


def _name(message: NewMessage) -> str:
    return message.old.key


def _audited(message: NewMessage) -> Mapping[str, str]:
    old = message.dead_letter.dead_letter.audited if message.dead_letter else {}
    own = {"id": message.old.id, "new_id": message.id, "company_id": message.entry.group or message.old.company_id}
    return {**old, **own}
