"""The simulated stage: functions with their queues, the bus, the table, and the other systems."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from random import Random
from typing import Any

from lambdas.common.availability.circuits import Circuits
from lambdas.common.clients.crm import Crm
from lambdas.common.clients.secrets import read_secret
from lambdas.common.runtime import Runtime
from lambdas.webhook_deliver.posting import Webhooks
from ops.terminal.checkout import ROOT
from schemas.catalogue import BY_NAME
from schemas.destinations import Destination
from schemas.event_type import EventType
from schemas.reasons import Reason
from stacks.messaging.timing import visibility_timeout
from stacks.processing.rates import scalings
from stacks.stage import Stage
from tests.fakes.events import FakeEvents
from tests.fakes.function import ENVIRONMENT
from tests.fakes.scheduler import FakeScheduler
from tests.fakes.secrets import FakeSecrets
from tests.fakes.ses import FakeSes
from tests.fakes.sns import FakeSns
from tests.fakes.sqs import QueuedMessage
from tests.simulation.stage.behaviours import Behaviour, well
from tests.simulation.stage.functions import Settings, SimulatedFunction
from tests.simulation.stage.queues import SimulatedQueue, SimulatedSqs
from tests.simulation.stage.sides import (
    CrmTransport,
    EndpointConnection,
    Side,
    SimulatedTable,
    VirtualClock,
    aws_hook,
    ids_of_events,
    key_of_mail,
    key_of_text,
)
from tests.simulation.stage.timeline import Timeline

SQS_SECONDS = 0.01
_SECRET = ENVIRONMENT.crm_token_secret_arn
_PUBLIC_ADDRESS = "93.184.215.14"
_MOVED_BY_SQS = "moved by SQS"

USUAL: Mapping[str, float] = {
    "crm": 0.05,
    "ses": 0.08,
    "sns": 0.08,
    "secrets": 0.02,
    "table": 0.01,
    "bus": 0.02,
    "scheduler": 0.03,
    "endpoint": 0.1,
}
"""Seconds of a call to each other system when it is well."""


@dataclass
class Journey:
    """What happened to one message."""

    company_id: str
    accepted_at: float
    ended_at: float | None = None
    outcome: str = ""
    reason: str = ""
    """Why it was dead-lettered."""

    runs: int = 0
    """Lines of the log about it that do not only defer it."""

    failures: int = 0
    """Attempts that were spent."""

    deferrals: int = 0


class System:
    """One stage in virtual time. A run depends on its seed alone."""

    def __init__(self, types: Mapping[str, Settings | None], sides: Mapping[str, Behaviour], *, seed: int = 1) -> None:
        """Set up functions and other systems.

        Args:
            types: the simulated types with the settings of their functions; None for the catalogue's.
            sides: how other systems behave, by name; any other is well.
            seed: of all randomness.
        """
        self.random = Random(seed)
        self.timeline = Timeline()
        self.sides = {name: Side(self.timeline, sides.get(name) or well(took)) for name, took in USUAL.items()}
        self.journeys: dict[str, Journey] = {}
        self.log_bytes = 0
        self.outcomes: Counter[str] = Counter()
        self.events = 0
        self.published: dict[str, list[float]] = {}
        """When the events of types that are not simulated were published, in seconds."""

        self._left = 0
        clock = VirtualClock(self.timeline)
        self.sqs = SimulatedSqs(clock=clock, latency=SQS_SECONDS, on_dead_letter=self._dead_letter)
        self.table = SimulatedTable(clock=clock, fail=self._hook("dynamodb", "table", lambda _request: ""))
        self._clients: dict[str, Any] = {
            "sqs": self.sqs,
            "dynamodb": self.table,
            "events": FakeEvents(clock=clock, fail=self._hook("events", "bus", ids_of_events), deliver=self._deliver),
            "scheduler": FakeScheduler(clock=clock, fail=self._hook("scheduler", "scheduler", lambda _request: "")),
            "sesv2": FakeSes(clock=clock, fail=self._hook("sesv2", "ses", key_of_mail)),
            "sns": FakeSns(clock=clock, fail=self._hook("sns", "sns", key_of_text)),
            "secretsmanager": FakeSecrets(
                clock=clock,
                fail=self._hook("secretsmanager", "secrets", lambda _request: ""),
                secrets={_SECRET: "token", ENVIRONMENT.suppression_key_secret_arn: "key"},
            ),
        }
        self.functions = {name: self._function(name, settings) for name, settings in types.items()}

    def publish(self, at: float, message: Mapping[str, Any]) -> None:
        """Put a message into its type's queue at a time, in seconds; its timestamp is set."""
        self._left += 1
        self.timeline.at(at, lambda: self._accept(dict(message)))

    def run(self, *, until: float) -> None:
        """Let time pass until each message has ended, or to a time in seconds."""
        self.timeline.run(until=until, done=lambda: not self._left)

    def _accept(self, message: dict[str, Any]) -> None:
        message["timestamp"] = self.timeline.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        company_id = message["payload"]["companyId"]
        self.journeys[message["id"]] = Journey(company_id, self.timeline.seconds)
        self.sqs.put(_url(message["type"]), json.dumps(message), group=company_id)

    def _hook(self, service: str, side: str, key_of: Any) -> Any:
        return aws_hook(service, self.sides[side], self.random.random, key_of)

    def _function(self, name: str, settings: Settings | None) -> SimulatedFunction:
        event_type = BY_NAME[name]
        settings = settings or declared(event_type)
        queue = SimulatedQueue(_url(name), visibility_timeout(settings.timeout).to_seconds(), self.timeline)
        function = SimulatedFunction(
            name,
            import_module(f"lambdas.{event_type.folder}.handler").handler,
            settings,
            queue,
            self.timeline,
            lambda: self._runtime(name, settings),
        )
        queue.on_visible = function.poll_soon
        queue.on_dead_letter = self._moved_by_sqs
        self.sqs.simulated[queue.url] = queue
        return function

    def _runtime(self, name: str, settings: Settings) -> Runtime:
        runtime = Runtime(
            environment=ENVIRONMENT._replace(
                queue_url=_url(name),
                dead_letter_queue_url=f"{_url(name)}-dead-letters",
                rate=settings.rate,
                pace=settings.pace,
            ),
            client=self._clients.__getitem__,
            now=self.timeline.now,
            jitter=self.random.random,
            write=self._write,
            sleep=self.timeline.wait,
        )
        runtime.capabilities[Crm] = Crm(
            runtime.environment.crm_base_url,
            http=CrmTransport(self.sides["crm"]),  # type: ignore[arg-type]  # the part of the client that Crm uses
            read_token=lambda: read_secret(runtime.client("secretsmanager"), _SECRET),
            seconds=runtime.budget.seconds,
            now=runtime.now,
            circuit=runtime.capability(Circuits)[Destination.CRM],
        )
        runtime.capabilities[Webhooks] = Webhooks(
            seconds=runtime.budget.seconds,
            resolve=lambda _host, _port: [_PUBLIC_ADDRESS],
            connect=lambda to, seconds: EndpointConnection(self.sides["endpoint"], to.host, seconds),
        )
        return runtime

    def _write(self, line: str) -> None:
        self.log_bytes += len(line)
        if '"outcome":' not in line:
            return
        fields = json.loads(line)
        outcome, journey = fields["outcome"], self.journeys.get(fields.get("id", ""))
        self.outcomes[outcome] += 1
        if journey is None or fields["service"] != fields.get("type"):
            return
        if outcome == "deferred":
            journey.deferrals += 1
            return
        journey.runs += 1
        if outcome == "retrying":
            journey.failures += 1
            return
        if outcome == "dead_lettered":
            journey.reason = fields["reason"]
            journey.failures += journey.reason != Reason.UNAVAILABLE  # that is a deferral too many
        self._end(journey, outcome)

    def _end(self, journey: Journey, outcome: str) -> None:
        if journey.ended_at is None:
            self._left -= 1
        journey.ended_at, journey.outcome = self.timeline.seconds, outcome

    def _deliver(self, entry: Mapping[str, Any]) -> None:
        """Bring an event to the queue of its type, where that is simulated."""
        self.events += 1
        name = entry["DetailType"]
        if name not in self.functions:
            self.published.setdefault(name, []).append(self.timeline.seconds)
            return
        message = json.loads(entry["Detail"])
        if message["id"] not in self.journeys:
            self._left += 1
            self.journeys[message["id"]] = Journey(message["payload"]["companyId"], self.timeline.seconds)
        self.sqs.put(_url(name), entry["Detail"], group=message["payload"]["companyId"])

    def _dead_letter(self, _body: str, _attributes: Mapping[str, Any]) -> None:
        """The log line says it all."""

    def _moved_by_sqs(self, message: QueuedMessage) -> None:
        journey = self.journeys[json.loads(message.body)["id"]]
        journey.reason = _MOVED_BY_SQS
        self._end(journey, "dead_lettered")


@cache
def prod() -> Stage:
    """The settings of stage `prod`, with the rates that it declares."""
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    return Stage.from_context({**context, "stage": "prod"})


def declared(event_type: EventType[Any]) -> Settings:
    """What stage `prod` gives to a type's function."""
    given = scalings((event_type,), prod())[event_type.name]
    return Settings(
        timeout=event_type.timeout,
        batch_size=given.batch_size,
        max_concurrency=given.max_concurrency,
        **given.environment,
    )


def _url(name: str) -> str:
    return f"https://sqs.test/{name}"
