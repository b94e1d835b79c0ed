"""Nothing is lost, nothing is done twice, and no message pays for another, whatever happens in whatever order.

Hypothesis publishes, delivers, delivers twice, kills processes at any call to AWS, takes AWS away and gives it
back; in the end all is healed and drained, and every message that came must be accounted for.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from enum import StrEnum
from itertools import count
from random import Random
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lambdas.common.batch.delivery import SqsEvent
from lambdas.common.batch.loop import BatchResponse, process
from lambdas.common.budget import Context
from lambdas.common.errors import PermanentError, RetryableError, Skip
from lambdas.common.follow_ups import Emit, FollowUp
from lambdas.common.handlers import Handler
from lambdas.queue_processor.handler import handler as ingress
from lambdas.queue_processor.ingress import IngressHandler
from schemas.decoding import decode_strictly
from schemas.event_type import EventType, Kind, by_name
from schemas.message import AnyMessage, Message
from schemas.problems import Refusal
from schemas.reasons import Outcome
from schemas.wire import Payload
from tests.fakes.function import FunctionHarness
from tests.messages import message
from tests.unit.common.batch.simulated import Aws, Fault, Lane, ProcessDied, without_attempts


class End(StrEnum):
    """How the handler of a message ends."""

    GOOD = "good"
    SKIP = "skip"
    PERMANENT = "permanent"
    RETRYABLE_ONCE = "retryable once"
    RETRYABLE = "retryable"
    DEADLY_ONCE = "deadly once"
    DEADLY = "deadly"


class Scripted(Payload):
    """A payload that says how the reaction ends, and how the job that it emits ends."""

    end: End = End.GOOD
    then: End = End.GOOD


ACT = EventType("test.act", Scripted, Kind.JOB)
DECIDE = EventType("test.decide", Scripted, Kind.REACTION, emits={ACT})
CATALOGUE = by_name([ACT, DECIDE])
INGRESS = "queue_processor"


class TestIngress(IngressHandler):
    """The ingress, with the two types for its catalogue."""

    __test__ = False

    def read(self, body: str) -> AnyMessage | Refusal:
        return decode_strictly(body, catalogue=CATALOGUE)


LANES = (INGRESS, DECIDE.name, ACT.name)
ENDS = st.sampled_from(End)
IN_LANE = st.sampled_from(LANES)
SIZE = st.integers(1, 10)
ORDER = st.integers(0, 2**16)
SCRIPTS = st.one_of(st.just([]), st.lists(st.sampled_from(Fault), max_size=6))


class Routed:
    """The ingress."""

    timeout = 10
    batch_size = 10

    def __call__(self, event: SqsEvent, context: Context, harness: FunctionHarness) -> BatchResponse:
        return process(event, context, work=TestIngress(ingress.decide), runtime=harness.runtime())


class Typed:
    """A type's function."""

    def __init__(self, decide: Callable[..., Any], event_type: EventType[Any]) -> None:
        self.timeout, self.batch_size = event_type.timeout, event_type.batch_size
        self._handler = Handler(event_type, decide)

    def __call__(self, event: SqsEvent, context: Context, harness: FunctionHarness) -> BatchResponse:
        return self._handler.process(event, context, harness.runtime())


class Deployed:
    """The three functions, which do what their messages say, and the AWS around them."""

    def __init__(self) -> None:
        self.aws = Aws({INGRESS: Routed(), DECIDE.name: Typed(self.decide, DECIDE), ACT.name: Typed(self.act, ACT)})

    def decide(self, message: Message[Scripted]) -> Iterator[FollowUp]:
        self._act_out(DECIDE.name, message)
        yield Emit(ACT, Scripted(company_id=message.payload.company_id, end=message.payload.then))

    def act(self, message: Message[Scripted]) -> None:
        self.aws.running = message.id
        self._act_out(ACT.name, message)
        self.aws.effects[message.id] += 1

    def _act_out(self, lane: str, message: Message[Scripted]) -> None:
        self.aws.runs[lane, message.id] += 1
        end, is_first = message.payload.end, self.aws.runs[lane, message.id] == 1
        if end is End.DEADLY or (end is End.DEADLY_ONCE and is_first):
            raise ProcessDied
        if end is End.RETRYABLE or (end is End.RETRYABLE_ONCE and is_first):
            raise RetryableError("not now")
        if end is End.PERMANENT:
            raise PermanentError("never")
        if end is End.SKIP:
            raise Skip("nothing to do")


class Books:
    """The invariants of all messages, once the queues are empty."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        ends = [(lane, line["id"], line["outcome"]) for lane, line in aws.lines if is_final(line["outcome"])]
        self.ended = Counter((lane, message_id) for lane, message_id, _ in ends) + aws.redriven
        self.outcomes = Counter(ends)

    def check(self) -> None:
        """Check every invariant."""
        assert self.ended.keys() == self.aws.entries.keys(), "something was lost, or came from nowhere"
        for key, entries in self.aws.entries.items():
            self._is_conserved(key, entries)
            self._has_its_attempts_and_no_more(key, entries)
            self._pays_for_nobody_else(key)
        self._letters_are_what_came()
        self._people_are_told()
        effects_are_single(self.aws)

    def _is_conserved(self, key: Lane, entries: int) -> None:
        injected = self.aws.faults[key] + self.aws.deaths[key]
        assert entries <= self.ended[key] <= entries + injected, f"{key} ended {self.ended[key]} times"
        lane, message_id = key
        if lane == ACT.name and self.outcomes[*key, Outcome.SUCCEEDED] + self.outcomes[*key, Outcome.DUPLICATE]:
            assert self.aws.effects[message_id], f"{message_id} counts as done, and was not"
        if lane == DECIDE.name and self.outcomes[*key, Outcome.SUCCEEDED]:
            emitted = [bodies for (to, _), bodies in self.aws.bodies.items() if to == ACT.name]
            causes = {json.loads(body).get("causationId") for bodies in emitted for body in bodies}
            assert message_id in causes, f"what follows {message_id} was lost"

    def _has_its_attempts_and_no_more(self, key: Lane, entries: int) -> None:
        if key[0] == INGRESS:
            return
        runs, end = self.aws.runs[key], self._end(key)
        if end is End.DEADLY and not self.aws.faults[key] and key[0] == DECIDE.name:
            assert 3 * entries <= runs <= 4 * entries, "three attempts, and one run that nobody noted"
        injected = self.aws.faults[key] + (0 if end is End.DEADLY else self.aws.deaths[key])
        # A job that meets another delivery of its id is deferred, and its next begin is a first one again.
        most = 4 if entries == 1 else 6
        assert runs <= most * (entries + injected), f"{key} had {runs} runs"
        if end is End.RETRYABLE and entries == 1 and not injected:
            assert runs == 3

    def _pays_for_nobody_else(self, key: Lane) -> None:
        """Unless AWS failed, a good message is done, whatever crashes beside it.

        A message that was alone when its process ended has crashed, whoever ended the process: three times are final.
        """
        good = {End.GOOD, End.RETRYABLE_ONCE, End.SKIP} | ({End.DEADLY_ONCE} if self.aws.deaths[key] < 3 else set())
        if not self.aws.faults[key] and (key[0] == INGRESS or self._end(key) in good):
            assert not self.outcomes[*key, Outcome.DEAD_LETTERED], f"{key} was dead-lettered"
            assert not self.aws.redriven[key]

    def _letters_are_what_came(self) -> None:
        for lane in self.aws.functions:
            bodies = [dead_letter.body for dead_letter in self.aws.dead_letters(lane)]
            for body in bodies:
                assert without_attempts(body) in self.aws.bodies[lane, json.loads(body)["id"]]
            buried = Counter(json.loads(body)["id"] for body in bodies)
            for (to, message_id, outcome), times in self.outcomes.items():
                if to == lane and outcome == Outcome.DEAD_LETTERED:
                    assert buried[message_id] >= times + self.aws.redriven[lane, message_id]

    def _people_are_told(self) -> None:
        """Each dead letter has an alert, unless AWS failed; nothing else has one."""
        alerted = Counter(
            (alert["payload"]["service"], named) for alert in self.aws.alerts for named in alert["payload"]["ids"]
        )
        dead = {(lane, message_id) for lane, message_id, outcome in self.outcomes if outcome == Outcome.DEAD_LETTERED}
        assert alerted.keys() <= dead | self.aws.deaths.keys(), "an alert is about no dead letter"
        assert {key for key in dead if not self.aws.faults[key]} <= alerted.keys(), "a dead letter has no alert"

    def _end(self, key: Lane) -> End:
        return End(json.loads(next(iter(self.aws.bodies[key])))["payload"]["end"])


def effects_are_single(aws: Aws) -> None:
    """Except for jobs whose success could not be stored."""
    twice = {message_id for message_id, times in aws.effects.items() if times > 1}
    assert twice <= aws.windows, "a job was done twice"


def is_final(outcome: str) -> bool:
    """Whether nothing more happens to the message in its function; `routed` ends the ingress's part."""
    return Outcome(outcome).final or outcome == Outcome.ROUTED


class Machine(RuleBasedStateMachine):
    """The deployed functions with their AWS, and what can happen to them."""

    def __init__(self) -> None:
        super().__init__()
        self.aws = Deployed().aws
        self.numbers: Iterator[int] = count()
        self.published: list[str] = []

    @rule(type_name=st.sampled_from(sorted(CATALOGUE)), ends=st.lists(ENDS, min_size=1, max_size=6), then=ENDS)
    def publish(self, type_name: str, ends: list[End], then: End) -> None:
        for end in ends:
            body = new(type_name, f"id-{next(self.numbers)}", end, then)
            self.published.append(body)
            self._by(next(self.numbers), body)

    @precondition(lambda self: self.published)
    @rule(data=st.data(), way=st.integers(0, 2))
    def publish_again(self, data: st.DataObject, way: int) -> None:
        self._by(way, data.draw(st.sampled_from(self.published)))

    def _by(self, way: int, body: str) -> None:
        self.aws.enter(INGRESS, body) if way % 3 == 0 else self.aws.publish(body)

    @rule(lane=IN_LANE, size=SIZE, script=SCRIPTS, order=ORDER, twice=st.booleans())
    def deliver(self, lane: str, size: int, script: list[Fault], order: int, twice: bool) -> None:
        self._deliver(lane, size, script, order, twice=twice)

    @rule(lane=IN_LANE, size=SIZE, order=ORDER)
    def deliver_undisturbed(self, lane: str, size: int, order: int) -> None:
        self._deliver(lane, size, [], order)

    def _deliver(self, lane: str, size: int, script: list[Fault], order: int, *, twice: bool = False) -> None:
        visible = self.aws.visible(lane)
        Random(order).shuffle(visible)  # noqa: S311 an order, no secret
        self.aws.deliver(lane, visible[: min(size, self.aws.functions[lane].batch_size)], script, twice=twice)

    @rule(seconds=st.sampled_from([1, 20, 60, 180, 900]))
    def wait(self, seconds: int) -> None:
        self.aws.now += timedelta(seconds=seconds)

    @rule(service=st.sampled_from(["sqs", "events", "dynamodb"]))
    def take_away(self, service: str) -> None:
        self.aws.calls.outages.add(service)

    @rule()
    def heal(self) -> None:
        self.aws.calls.outages.clear()

    @invariant()
    def nothing_is_done_twice(self) -> None:
        effects_are_single(self.aws)

    def teardown(self) -> None:
        self.heal()
        self.aws.drain()
        Books(self.aws).check()


def new(type_name: str, message_id: str, end: End, then: End = End.GOOD) -> str:
    """A message of a root id."""
    return json.dumps(message(type_name, {"end": end, "then": then}, id=message_id))


TestEverything = Machine.TestCase
TestEverything.settings = settings(
    max_examples=80,
    stateful_step_count=40,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_a_record_waiting_to_run_alone_is_not_charged_for_others() -> None:
    aws = Deployed().aws
    for name, end in [("first", End.DEADLY), ("good", End.GOOD)]:
        aws.enter(DECIDE.name, new(DECIDE.name, name, end))
    aws.deliver(DECIDE.name, aws.visible(DECIDE.name))
    aws.now += timedelta(seconds=60)
    aws.deliver(DECIDE.name, aws.visible(DECIDE.name))  # one is put back to be run alone
    for number in range(2):
        good = [message for message in aws.visible(DECIDE.name) if '"good"' in message.body]
        aws.enter(DECIDE.name, new(DECIDE.name, f"deadly-{number}", End.DEADLY))
        aws.deliver(DECIDE.name, [*good, aws.visible(DECIDE.name)[-1]])
        aws.now += timedelta(seconds=60)

    aws.drain()

    Books(aws).check()
