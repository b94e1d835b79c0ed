"""All that is known of what was published to a stage: the accepted, the outcomes, the letters, the side effects."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ops.local.conservation import Balance, check
from ops.local.doors import Accepted
from ops.local.emulator import SentMail
from ops.local.letters import UNROUTED, Letter, peek
from ops.local.local_stage import LocalStage
from ops.local.outcomes import OutcomeLine, OutcomeLog
from schemas.emails import EMAIL_SEND


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The books at one moment."""

    accepted: tuple[Accepted, ...]
    lines: Sequence[OutcomeLine]
    letters: Sequence[Letter]
    mails: Sequence[SentMail]
    balance: Balance

    @property
    def unrouted(self) -> int:
        """How many messages no rule matched."""
        return sum(letter.queue == UNROUTED for letter in self.letters)


class Ledger:
    """Keeps the books of one stage."""

    def __init__(self, stage: LocalStage) -> None:
        """Open the books of a stage that has just been started."""
        self._stage = stage
        self._log = OutcomeLog(stage.endpoint.logs, stage.deployed.log_groups)
        self._accepted: list[Accepted] = []

    def enter(self, accepted: Iterable[Accepted]) -> None:
        """These were handed over, and must be accounted for from now on."""
        self._accepted += accepted

    @property
    def accepted(self) -> tuple[Accepted, ...]:
        """What was handed over."""
        return tuple(self._accepted)

    def lines(self) -> list[OutcomeLine]:
        """The outcome lines until now."""
        return self._log.read()

    def letters(self) -> list[Letter]:
        """What lies in the dead-letter queues, unrouted and undeliverable."""
        return [letter for queue in self._stage.deployed.resting_queue_urls for letter in self.letters_in(queue)]

    def letters_in(self, queue: str) -> list[Letter]:
        """What lies in one of them."""
        return peek(self._stage.endpoint.sqs, queue, self._stage.deployed.resting_queue_urls[queue])

    def snapshot(self) -> Snapshot:
        """The books now, balanced. Read in the order in which a message goes, so that none is missed on its way."""
        lines, letters, mails = self.lines(), self.letters(), self._stage.emulator.mails()
        side_effects = Counter(self._stage.crm.books.times_accepted()) + self._mails_by_job(lines, mails)
        ids = [accepted.id for accepted in self._accepted]
        return Snapshot(self.accepted, lines, letters, mails, check(ids, lines, letters, side_effects))

    def _mails_by_job(self, lines: Iterable[OutcomeLine], mails: Iterable[SentMail]) -> Counter[str]:
        """SES names no message of ours: a mail is its booking's by the address, and the booking's job by its cause."""
        jobs: Mapping[str, str] = {line.causation_id: line.id for line in lines if line.service == EMAIL_SEND.name}
        bookings = {accepted.publication.email: accepted.publication.id for accepted in self._accepted}
        return Counter(
            jobs.get(bookings.get(address, ""), f"a mail to {address}") for mail in mails for address in mail.to
        )
