"""The whole way, deployed: events a second through ours and through the thinnest pipeline of the same emulator.

Both take the same events in turn, put on their bus ten a call; the time runs from the first call until the last event
was handled, by the functions' logs. The emulator is no measure of AWS: what it tells is the share that is ours. A
second thinnest pipeline has a rule a type on its bus, as ours must: to match them is the emulator's work, which AWS
does aside and for nothing.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from uuid import uuid4

from botocore.exceptions import ClientError

from local.emulator.deployment import STAGE
from local.polling import poll
from local.stage import LocalStage, local_stage
from ops.checkout import ROOT
from ops.stage.endpoint import Endpoint
from schemas.catalogue import CATALOGUE
from schemas.system import NO_TENANT, SYSTEM_HEARTBEAT
from stacks.stage import Stage
from tests.benchmarks.bench import Bench
from tests.benchmarks.rounds import interleaved, middle, ratio
from tests.benchmarks.row import Goal, Row
from tests.benchmarks.thinnest_pipeline import Pipeline, deploy

_EVENTS = 1_000
_SECONDS = 120
_TYPE = SYSTEM_HEARTBEAT.name
_OTHER_TYPES = tuple(event_type.name for event_type in CATALOGUE if event_type is not SYSTEM_HEARTBEAT)
_WITH_RULES = "thinnest with a rule a type"


def pipeline(bench: Bench) -> Iterable[Row]:
    """Throughput of ours by that of the thinnest, one type whose reaction does the least."""
    with local_stage("bench") as stage:
        bench.tell("bench: stage local is deployed")
        ways = {
            "ours": _ours(stage),
            "thinnest": _thinnest(stage.endpoint, "thinnest"),
            _WITH_RULES: _thinnest(stage.endpoint, "thinnest-with-rules", other_types=_OTHER_TYPES),
        }
        measures: dict[str, Callable[[], float]] = {
            name: partial(_events_a_second, stage.endpoint, way) for name, way in ways.items()
        }
        list(interleaved(measures, 1))  # the functions' processes start
        rounds = list(interleaved(measures, bench.rounds(13)))
    value = ratio(rounds, "ours", "thinnest")
    speeds = {name: middle([each[name] for each in rounds]).value for name in ways}
    yield Row(
        name="pipeline",
        value=value.value,
        unit="thinnest",
        spread=value.spread,
        goal=Goal(target=0.9, at_least=True),
        others={_WITH_RULES: ratio(rounds, _WITH_RULES, "thinnest").value},
        note=f"{speeds['ours']:,.0f} events/s, the thinnest {speeds['thinnest']:,.0f}; {_EVENTS:,} {_TYPE} a round",
    )


def _ours(stage: LocalStage) -> Pipeline:
    return Pipeline(stage.deployed.event_bus_name, stage.deployed.log_groups[_TYPE])


def _thinnest(endpoint: Endpoint, name: str, *, other_types: Iterable[str] = ()) -> Pipeline:
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    settings = Stage.from_context({**context, "stage": STAGE})
    batch_size = settings.concurrency(SYSTEM_HEARTBEAT.max_concurrency)
    return deploy(endpoint, name, detail_type=_TYPE, max_concurrency=batch_size, other_types=other_types)


def _events_a_second(endpoint: Endpoint, way: Pipeline) -> float:
    """Put events on a pipeline's bus, and wait until its function has handled each."""
    ids = [str(uuid4()) for _ in range(_EVENTS)]
    started = time.time()
    for ten in _tens(ids):
        answer = endpoint.events.put_events(
            Entries=[
                {
                    "EventBusName": way.bus_name,
                    "Source": "taly.benchmark",
                    "DetailType": _TYPE,
                    "Detail": json.dumps(_heartbeat(message_id)),
                }
                for message_id in ten
            ]
        )
        if answer["FailedEntryCount"]:
            raise RuntimeError(f"the emulator did not take events of {way.bus_name}: {answer['Entries']}")
    since = int(started * 1000)
    ended = poll(
        lambda: _all_handled(endpoint, way, since, set(ids)),
        what=f"{_EVENTS} events handled behind the bus {way.bus_name}",
        seconds=_SECONDS,
        every=0.5,  # who looks takes the emulator's time
    )
    return _EVENTS / (ended / 1000 - started)


def _all_handled(endpoint: Endpoint, way: Pipeline, since: int, ids: set[str]) -> float | None:
    """When the last was handled, in milliseconds since 1970; None while one is not."""
    pages = endpoint.logs.get_paginator("filter_log_events").paginate(logGroupName=way.log_group, startTime=since)
    last, left = 0, set(ids)
    try:
        for page in pages:
            for event in page["events"]:
                named = _id_in(event["message"])
                if named in left:
                    left.discard(named)
                    last = max(last, event["timestamp"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":  # until the function has run once
            raise
    return None if left else last


def _id_in(line: str) -> str:
    """The id that a line is about: ours are JSON, the thinnest's are the id alone."""
    text = line.strip()
    if not text.startswith("{"):
        return text
    return str(json.loads(text).get("id", ""))


def _heartbeat(message_id: str) -> dict[str, object]:
    return {
        "id": message_id,
        "type": _TYPE,
        "payload": {"companyId": NO_TENANT},
        "timestamp": "2026-04-14T14:00:00Z",
        "attempts": 1,
    }


def _tens(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(ids), 10):
        yield ids[begin : begin + 10]
