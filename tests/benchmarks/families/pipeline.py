"""The deployed pipeline: events a second through ours and through the thinnest pipeline on the same emulator.

Both get the same events in turn, ten in each call to their bus. The time runs from the first call until the last event
was handled, by the functions' logs. The emulator says nothing about AWS; it shows our share of the time. A second
thinnest pipeline has one rule for each type on its bus, as ours must. Matching them is the emulator's work, which AWS
does at no cost.
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
from ops.stage.endpoint import Endpoint
from ops.terminal.checkout import ROOT
from schemas.catalogue import CATALOGUE
from schemas.system import NO_TENANT, SYSTEM_HEARTBEAT
from stacks.stage import Stage
from tests.benchmarks.bench import Bench
from tests.benchmarks.rounds import interleaved, median_of, ratio
from tests.benchmarks.row import Goal, Row
from tests.benchmarks.thinnest_pipeline import Pipeline, deploy

_EVENTS = 1_000
_SECONDS = 120
_TYPE = SYSTEM_HEARTBEAT.name
_OTHER_TYPES = tuple(event_type.name for event_type in CATALOGUE if event_type is not SYSTEM_HEARTBEAT)
_WITH_RULES = "thinnest with a rule a type"


def pipeline(bench: Bench) -> Iterable[Row]:
    """The throughput of ours relative to the thinnest pipeline's, with the type whose reaction does the least."""
    with local_stage("bench") as stage:
        bench.report("bench: stage local is deployed")
        pipelines = {
            "ours": _ours(stage),
            "thinnest": _thinnest(stage.endpoint, "thinnest"),
            _WITH_RULES: _thinnest(stage.endpoint, "thinnest-with-rules", other_types=_OTHER_TYPES),
        }
        measures: dict[str, Callable[[], float]] = {
            name: partial(_events_a_second, stage.endpoint, pipeline) for name, pipeline in pipelines.items()
        }
        list(interleaved(measures, 1))  # starts the functions' processes
        rounds = list(interleaved(measures, bench.rounds(13)))
    value = ratio(rounds, "ours", "thinnest")
    speeds = {name: median_of([each[name] for each in rounds]).value for name in pipelines}
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
    batch_size = settings.capped_concurrency(SYSTEM_HEARTBEAT.max_concurrency)
    return deploy(endpoint, name, detail_type=_TYPE, max_concurrency=batch_size, other_types=other_types)


def _events_a_second(endpoint: Endpoint, pipeline: Pipeline) -> float:
    """Put events on a pipeline's bus, and wait until its function has handled all."""
    ids = [str(uuid4()) for _ in range(_EVENTS)]
    started = time.time()
    for ten in _batches_of_ten(ids):
        answer = endpoint.events.put_events(
            Entries=[
                {
                    "EventBusName": pipeline.bus_name,
                    "Source": "taly.benchmark",
                    "DetailType": _TYPE,
                    "Detail": json.dumps(_heartbeat(message_id)),
                }
                for message_id in ten
            ]
        )
        if answer["FailedEntryCount"]:
            raise RuntimeError(f"the emulator refused events of {pipeline.bus_name}: {answer['Entries']}")
    since = int(started * 1000)
    ended = poll(
        lambda: _all_handled(endpoint, pipeline, since, set(ids)),
        what=f"{_EVENTS} events handled behind the bus {pipeline.bus_name}",
        seconds=_SECONDS,
        every=0.5,  # each poll takes the emulator's time
    )
    return _EVENTS / (ended / 1000 - started)


def _all_handled(endpoint: Endpoint, pipeline: Pipeline, since: int, ids: set[str]) -> float | None:
    """The time at which the last event was handled, in milliseconds since 1970; None before that."""
    pages = endpoint.logs.get_paginator("filter_log_events").paginate(logGroupName=pipeline.log_group, startTime=since)
    last, missing = 0, set(ids)
    try:
        for page in pages:
            for event in page["events"]:
                named = _id_in(event["message"])
                if named in missing:
                    missing.discard(named)
                    last = max(last, event["timestamp"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":  # the function has not run yet
            raise
    return None if missing else last


def _id_in(line: str) -> str:
    """The id in a log line: ours are JSON, the thinnest's lines are the id only."""
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


def _batches_of_ten(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(ids), 10):
        yield ids[begin : begin + 10]
