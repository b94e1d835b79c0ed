"""`status`: show the attempts, queue, dead letters and alarms of each type."""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from ops.stage.aws_errors import aws_failures_as_sentences
from ops.stage.deployed import LOCAL, DeployedStage, NotDeployedError
from ops.stage.services import HOLDING_QUEUES, SERVICES, dead_letter_source, service
from ops.status.destinations import read_called_systems, with_waiting
from ops.status.figures import Figures, figure_source
from ops.status.health import AlarmSeverity, AlarmStatus, Health, Queue, Status, with_pauses
from ops.status.pauses import read_known_pauses
from ops.status.view import records, text
from ops.terminal.errors import OperatorError
from ops.terminal.output import notes, show
from schemas.names import (
    IDEMPOTENCY,
    QUEUE_PROCESSOR,
    SYSTEM,
    alarm_name,
    alarm_parts,
    resource_name,
)
from schemas.signals import SIGNALS, UNHEALTHY

T = TypeVar("T")

_POLL_SECONDS = 15.0
"""CloudWatch evaluates an alarm once a minute."""

_PARALLEL_CALLS = 8
_QUEUES = (QUEUE_PROCESSOR, *(each for each in SERVICES if each != QUEUE_PROCESSOR))
_COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")

_SEVERITY = {signal.slug: position for position, signal in enumerate(SIGNALS)}
"""Ranks by the order of signals: what is lost before what is late."""


def _now() -> datetime:
    return datetime.now(UTC)


def status(
    stage: DeployedStage,
    *,
    check: bool = False,
    wait: float = 0,
    now: Callable[[], datetime] = _now,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Show the state of a stage; with `check`, return whether it is known to need nobody, else True.

    A pause that is meant needs nobody.

    Args:
        stage: the stage.
        check: whether its health decides.
        wait: the seconds to wait at most until it needs nobody. After a deploy or a drill some alarms have no data yet.
        now: returns the time.
        sleep: waits for some seconds.

    Raises:
        OperatorError: there is no such stage here, or AWS refuses.
    """
    with notes.status(f"Reading the status of stage {stage.name} …") as progress:
        found = read_status(stage, began := now())
        while not found.is_as_meant and (left := wait - (now() - began).total_seconds()) > 0:
            progress.update(f"Stage {stage.name} is not healthy yet; reading its status again for {left:.0f} s …")
            sleep(min(_POLL_SECONDS, left))
            found = read_status(stage, now())
    show(text(found), records(found))
    return not check or found.is_as_meant


def read_status(stage: DeployedStage, now: datetime) -> Status:
    """Read the state of a stage from SQS, CloudWatch (or logs), Lambda and DynamoDB, in parallel.

    Raises:
        OperatorError: there is no such stage here, or AWS refuses.
    """
    stage.require()
    queues, no_queues = _deployed(_QUEUES, lambda name: _queue_urls(name, stage))
    holding_queues, no_holding = _deployed(
        HOLDING_QUEUES, lambda name: dead_letter_source(name, stage).dead_letter_queue_url
    )
    table = resource_name(stage.name, IDEMPOTENCY)
    sqs, cloudwatch, dynamodb, functions = map(
        stage.client, ("sqs", "cloudwatch", "dynamodb", "lambda")
    )  # boto3 cannot create clients safely in threads
    source = figure_source(stage)
    with aws_failures_as_sentences(), ThreadPoolExecutor(_PARALLEL_CALLS, thread_name_prefix="status") as pool:
        counts = {url: pool.submit(count, sqs, url) for pair in queues.values() for url in pair}
        holding = {name: pool.submit(count, sqs, url) for name, url in holding_queues.items()}
        urls = {name: queue for name, (queue, _) in queues.items()}
        figures = pool.submit(source.read, urls, now)
        alarms = pool.submit(_alarms, cloudwatch, stage.name)
        called = pool.submit(read_called_systems, dynamodb.batch_get_item, table, now)
        pauses = pool.submit(read_known_pauses, functions, stage.name, queues, now)
        found = _status(stage.name, now, queues, counts, holding, figures.result(), alarms.result())
        systems, mappings = called.result(), pauses.result()
    return replace(
        found,
        services=with_pauses(found.services, mappings),
        not_deployed=(*no_queues, *no_holding, *(f"event source mapping of {name}" for name in mappings.missing)),
        has_paging_alarm=stage.name != LOCAL,
        destinations=with_waiting(systems.states, found.services),
        destinations_unread=systems.unread,
        pauses_unread=mappings.unread,
        endpoints=systems.endpoints,
    )


def _status(  # noqa: PLR0913, PLR0917 the results of parallel calls come together here
    stage: str,
    now: datetime,
    queues: Mapping[str, tuple[str, str]],
    counts: Mapping[str, "Future[Queue]"],
    holding: Mapping[str, "Future[Queue]"],
    figures: Mapping[str, Figures],
    alarms: Iterable[AlarmStatus],
) -> Status:
    by_severity = sorted(alarms, key=lambda alarm: (-alarm.state, alarm.subject, _SEVERITY.get(alarm.slug, 0)))
    services = []
    for name, (queue, dead_letter_queue) in queues.items():
        known = figures[name]
        services.append(
            Health(
                service=name,
                attempts=known.attempts,
                failures=known.failures,
                queue=counts[queue].result(),
                oldest_seconds=known.oldest_seconds,
                dead_letters=counts[dead_letter_queue].result().total,
                alarms=tuple(alarm for alarm in by_severity if alarm.subject == name),
            )
        )
    composite = [alarm.state for alarm in by_severity if (alarm.subject, alarm.slug) == (SYSTEM, UNHEALTHY.slug)]
    return Status(
        stage=stage,
        at=now,
        services=tuple(services),
        holding={name: count.result().total for name, count in holding.items()},
        alarms=tuple(each for each in by_severity if each.subject not in queues and each.slug != UNHEALTHY.slug),
        unhealthy=composite[0] if composite else None,
    )


def _deployed(names: Iterable[str], find: Callable[[str], T]) -> tuple[dict[str, T], list[str]]:
    """Find something for each name; returns what was found, and the names for which the stage has nothing yet."""
    found, missing = {}, []
    for name in names:
        try:
            found[name] = find(name)
        except NotDeployedError:
            missing.append(name)
    return found, missing


def _queue_urls(name: str, stage: DeployedStage) -> tuple[str, str]:
    """The URLs of a service's queue and dead-letter queue."""
    here = service(name, stage)
    return here.queue_url, here.dead_letter_queue_url


def count(sqs: Any, url: str) -> Queue:
    """Return the approximate numbers of a queue's messages.

    Raises:
        OperatorError: SQS did not say all of them.
    """
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(_COUNTS)).get("Attributes", {})
    if missing := [name for name in _COUNTS if name not in attributes]:
        raise OperatorError(f"SQS did not say how many messages are in {url} ({', '.join(missing)}): try again")
    return Queue(*(int(attributes[name]) for name in _COUNTS))


def _alarms(cloudwatch: Any, stage: str) -> list[AlarmStatus]:
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=alarm_name(stage, "", "").removesuffix("/"), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    described = [each for page in pages for kind in ("MetricAlarms", "CompositeAlarms") for each in page.get(kind, ())]
    return [
        AlarmStatus(
            *parts,
            AlarmSeverity.__members__.get(each["StateValue"], AlarmSeverity.INSUFFICIENT_DATA),
            each.get("StateTransitionedTimestamp"),
        )
        for each in described
        if (parts := alarm_parts(each["AlarmName"]))
    ]
