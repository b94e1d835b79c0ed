"""Find the bodies of messages: a dead letter's in its queue, every other's in the bus's archive."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ops.dead_letters.search import FoundDeadLetter, search_silently
from ops.redo.anew import NewMessage, anew
from ops.redo.archive import ArchiveReader, key_of
from ops.redo.selection import EndedMessage, ended_dead_letter
from ops.stage.deployed import DeployedStage
from ops.terminal.progress import Progress, unseen
from schemas.problems import Refusal

GONE = "it is not in its dead-letter queue any more: somebody else has received, redriven or discarded it"

NOT_ARCHIVED = (
    "the archive has no such event of that time. An event may take ten minutes into it; one that waited in its queue "
    "for more than 15 minutes is found by --archived-since, with the time when it was published"
)


@dataclass(frozen=True, slots=True)
class OldMessage:
    """A message with its text."""

    ended: EndedMessage
    body: str
    dead_letter: FoundDeadLetter | None = None


@dataclass
class Bodies:
    """The messages whose text was found, and why others' was not."""

    found: list[OldMessage] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    """Sentences by message id."""

    @property
    def taken(self) -> frozenset[str]:
        """The ids of messages that are no dead letters any more."""
        return frozenset(key for key, why in self.missing.items() if why == GONE)


def find_bodies(  # noqa: PLR0913 all by keyword but the first two
    stage: DeployedStage,
    messages: Sequence[EndedMessage],
    *,
    archived_since: datetime | None = None,
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
    progress: Progress = unseen,
) -> Bodies:
    """Find the texts of messages, in the order of the messages.

    Args:
        stage: the stage.
        messages: the messages.
        archived_since: the time from which on to look into the archive; None for shortly before each message's first
            log line.
        now: the time.
        sleep: waits for a number of seconds.
        progress: called with the number of messages found in the archive so far.

    Raises:
        OperatorError: the archive cannot be read, or AWS refuses.
    """
    dead = _dead_letters(stage, [each for each in messages if each.is_dead])
    reader = ArchiveReader(stage, now=now, sleep=sleep)
    others = [each for each in messages if not each.is_dead]
    archived = reader.read(others, since=archived_since, progress=progress)
    bodies = Bodies()
    for each in messages:
        dead_letter, body = dead.get((each.service, *key_of(each))), archived.get(key_of(each))
        if each.is_dead and dead_letter:
            bodies.found.append(OldMessage(each, dead_letter.dead_letter.body, dead_letter))
        elif not each.is_dead and body is not None:
            bodies.found.append(OldMessage(each, body))
        else:
            bodies.missing[each.key] = GONE if each.is_dead else NOT_ARCHIVED
    return bodies


def _dead_letters(stage: DeployedStage, messages: Sequence[EndedMessage]) -> dict[tuple[str, ...], FoundDeadLetter]:
    """The dead letters of messages, by service and key: messages of several types or tenants may share an id."""
    if not messages:
        return {}
    ids = {each.key for each in messages}
    services = sorted({each.service for each in messages})
    found = search_silently(stage, services, lambda each: (each.id or each.sqs_message_id) in ids)
    return {(each.service, *key_of(ended_dead_letter(each))): each for each in found}


def new_messages(
    old: Sequence[OldMessage], *, run: str, payload: str | None = None
) -> tuple[list[NewMessage], dict[str, Refusal]]:
    """Make the new messages; also return why the contract refuses others, by the old id."""
    made: list[NewMessage] = []
    refused: dict[str, Refusal] = {}
    for each in old:
        entry = anew(each.body, each.ended, run=run, payload=payload)
        if isinstance(entry, Refusal):
            refused[each.ended.key] = entry
        else:
            made.append(NewMessage(each.ended, entry, each.dead_letter))
    return made, refused
