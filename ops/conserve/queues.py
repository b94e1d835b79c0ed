"""Compare messages without an end with the number of messages in the queues where they can be.

Nothing is received: a receive would count as an attempt. So a queue says how many messages it holds, not which.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ops.conserve.accounts import OpenMessage
from ops.stage.aws_errors import aws_failures_as_sentences
from ops.stage.deployed import DeployedStage, NotDeployedError
from ops.stage.services import SERVICES, service
from ops.status.health import Queue
from ops.status.status import count

_PARALLEL_CALLS = 8


@dataclass(frozen=True, slots=True)
class Candidates:
    """Messages without an end that can be in the same queues."""

    queues: tuple[str, ...]
    """The services whose queues can hold them."""

    messages: tuple[OpenMessage, ...]
    held: int
    """How many messages these queues hold, without those that are known to be others."""

    @property
    def count(self) -> int:
        """The number of messages without an end."""
        return sum(each.count for each in self.messages)

    @property
    def lost(self) -> int:
        """How many of them must be lost."""
        return max(0, self.count - self.held)


def read_counts(stage: DeployedStage) -> dict[str, Queue]:
    """Count the messages in the queues of all services that are deployed, in parallel.

    Raises:
        OperatorError: AWS refuses or does not answer.
    """
    urls = {}
    for name in SERVICES:
        try:
            urls[name] = service(name, stage).queue_url
        except NotDeployedError:
            continue
    sqs = stage.client("sqs")
    with aws_failures_as_sentences(), ThreadPoolExecutor(_PARALLEL_CALLS, thread_name_prefix="queues") as pool:
        counts = {name: pool.submit(count, sqs, url) for name, url in urls.items()}
        return {name: each.result() for name, each in counts.items()}


def compare(messages: Iterable[OpenMessage], held: Mapping[str, int]) -> list[Candidates]:
    """Group messages whose possible queues overlap, and compare each group with what its queues hold.

    Args:
        messages: messages without an end.
        held: the number of messages that the queue of each service holds.
    """
    alike: defaultdict[frozenset[str], list[OpenMessage]] = defaultdict(list)
    for message in messages:
        alike[message.queues].append(message)
    groups: list[tuple[frozenset[str], list[OpenMessage]]] = []
    for queues, members in alike.items():
        overlapping = [each for each in groups if each[0] & queues]
        groups = [each for each in groups if not each[0] & queues]
        groups.append(
            (
                queues.union(*(others for others, _ in overlapping)),
                [*members, *(each for _, others in overlapping for each in others)],
            )
        )
    return [_candidates(sorted(queues), members, held) for queues, members in groups]


def _candidates(queues: Sequence[str], members: Sequence[OpenMessage], held: Mapping[str, int]) -> Candidates:
    by_time = sorted(members, key=lambda each: (each.last_at, each.finding.key))
    return Candidates(tuple(queues), tuple(by_time), sum(held.get(each, 0) for each in queues))
