"""Ids are the producer's: two messages with one id are both done, or one of them is an `id_conflict` with an alert."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import ROOT
from ops.contracts.examples import example_payload
from schemas.catalogue import BY_NAME
from schemas.event_type import Kind
from schemas.identity import ParentIdentity, payload_digest
from schemas.ses import SES_EVENT
from tests.messages import COMPANY, START, booking, booking_payload, message, text
from tests.unit.common.chains import APPOINTMENTS, OTHER_COMPANY, Chains

CONTRACTS = ROOT / "docs/contracts.md"
ID = "outbox-4711"
TYPES = sorted(BY_NAME)
JOBS = [name for name in TYPES if BY_NAME[name].kind is Kind.JOB]
NOTES = ("1", "2.5", '"2.5"', "true", "null", "1e-7", "[]", "{}", '{"a":[1]}', '"1"', '"\\ud83d\\ude00"', '"\\ue000"')
"""Values of a field that no contract names: no two are equal."""

UNCANONICAL_NOTES = ("9007199254740992", "9007199254740993", "1e400")
"""Values that the bus takes and the ingress refuses."""


@dataclass(frozen=True)
class Sent:
    """A message, without its id, and the door that takes it."""

    type: str
    company_id: str
    note: str
    on_bus: bool

    @property
    def body(self) -> str:
        return _body(self.type, self.company_id, self.note)

    def to(self, chains: Chains) -> None:
        (chains.put_on_bus if self.on_bus else chains.send_to_ingress)(self.body)


@dataclass(frozen=True)
class Effects:
    """The effects of one message alone: those at once, the keys of its schedules, and the effects of these."""

    at_once: Counter[str]
    scheduled: Mapping[str, str]
    when_due: Counter[str]


def _body(type_name: str, company_id: str, note: str = "null", **changes: Any) -> str:
    appointments = {tenant: id_ for id_, tenant in APPOINTMENTS.items()}
    payload = example_payload(BY_NAME[type_name]) | {"companyId": company_id}
    ours = {"appointmentId": appointments[company_id], "endpointId": "we_1", "startTime": START}
    fields = ours if type_name != "booking.created" else {}
    payload |= {name: value for name, value in fields.items() if name in payload}
    if type_name == SES_EVENT.name:  # the tag names the tenant, too
        event = payload["sesEvent"]
        tags = event["mail"]["tags"] | {"company": [company_id]}
        payload["sesEvent"] = event | {"mail": event["mail"] | {"tags": tags}}
    version = BY_NAME[type_name].version
    sent = message(type_name, payload | {"note": "a note"}, id=ID, version=version)
    return text(sent | changes).replace('"a note"', note)


@cache
def alone(type_name: str, company_id: str, note: str) -> Effects:
    chains = Chains()
    chains.put_on_bus(_body(type_name, company_id, note))
    chains.follow()
    at_once, scheduled = chains.effects, chains.scheduled
    chains.let_schedules_come_due()
    assert not chains.dead_letters, chains.lines
    return Effects(at_once, scheduled, chains.effects - at_once)


SENT = st.builds(
    Sent,
    type=st.sampled_from(TYPES),
    company_id=st.sampled_from([COMPANY, OTHER_COMPANY]),
    note=st.sampled_from(NOTES),
    on_bus=st.booleans(),
)
Test = TypeVar("Test", bound=Callable[..., None])


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Sent, Sent]:
    """Two messages that differ in type, tenant or payload: often in one of them only."""
    first = draw(SENT)
    changed = draw(st.lists(st.sampled_from(["type", "company_id", "note"]), min_size=1, max_size=3, unique=True))
    other = draw(SENT.filter(lambda sent: all(getattr(sent, each) != getattr(first, each) for each in changed)))
    second = Sent(**{**vars(first), "on_bus": other.on_bus, **{each: getattr(other, each) for each in changed}})
    if second.on_bus and draw(st.booleans()):
        second = Sent(**{**vars(second), "note": draw(st.sampled_from(UNCANONICAL_NOTES))})
    return first, second


def _any_two_messages(pair: tuple[Sent, Sent], random: Random, *, together: bool) -> None:
    chains = Chains(random)
    for sent in pair:
        sent.to(chains)
        if not together:
            chains.follow()
    chains.follow()

    first, second = (alone(sent.type, sent.company_id, sent.note) for sent in pair)
    at_once, scheduled = chains.effects, chains.scheduled
    chains.let_schedules_come_due()
    if pair[0].type in JOBS and (pair[0].type, pair[0].company_id) == (pair[1].type, pair[1].company_id):
        is_conflict(pair, chains)
        assert at_once in (first.at_once, second.at_once)
        return
    assert not chains.dead_letters, chains.lines
    assert at_once == first.at_once + second.at_once
    assert scheduled.keys() == first.scheduled.keys() | second.scheduled.keys()
    shared = first.scheduled.keys() & second.scheduled.keys()
    due = first.when_due | second.when_due if shared else first.when_due + second.when_due
    assert chains.effects - at_once == due


def is_conflict(pair: tuple[Sent, Sent], chains: Chains) -> None:
    (letter,), (alert,) = chains.dead_letters, chains.bus.alerts
    assert letter in {sent.body for sent in pair}
    payload = json.loads(alert["Detail"])["payload"]
    assert (payload["reason"], payload["ids"], payload["count"]) == ("id_conflict", [ID], 1)


def rewritten(value: Any, random: Random) -> str:
    """Write a value in another way: order of keys, white space, escapes, and the spelling of whole numbers."""
    space = random.choice(["", " ", "\n\t"])
    if isinstance(value, dict):
        members = [f"{rewritten(key, random)}:{space}{rewritten(value[key], random)}" for key in value]
        return f"{{{space}{f',{space}'.join(random.sample(members, len(members)))}}}"
    if isinstance(value, list):
        return f"[{space}{','.join(rewritten(each, random) for each in value)}]"
    if type(value) is int:
        return random.choice([f"{value}", f"{value}.0", f"{value}e0", f"{value}E+0"])
    if isinstance(value, str):
        kept = "".join(json.dumps(each)[1:-1] if random.random() < 0.8 else _escaped(each) for each in value)
        return f'"{kept}"'
    return json.dumps(value)


def _escaped(character: str) -> str:
    units = character.encode("utf-16be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _repeats(type_name: str, times: int, *, has_id: bool) -> None:
    random = Random(f"{type_name} {has_id}")  # noqa: S311 it must be reproducible, not secret
    repeated = json.loads(_body(type_name, COMPANY, '{"n":[2,0,-3,1234567],"x":[0.5,1e21],"é":"\\ud83d\\ude00/"}'))
    if not has_id:
        del repeated["id"]
    chains = Chains(random)
    for _ in range(times):
        door = random.choice([chains.put_on_bus, chains.send_to_ingress])
        door(rewritten(repeated, random))
    chains.follow()

    once = Chains()
    once.put_on_bus(text(repeated))
    once.follow()
    assert not chains.dead_letters, chains.lines[-1]
    for each in (chains, once):
        each.let_schedules_come_due()
    assert chains.effects == once.effects
    for job in JOBS:
        assert chains.outcomes[job, "succeeded"] == once.outcomes[job, "succeeded"]


def many(examples: int) -> Callable[[Test], Test]:
    """Run a test for so many examples, the same ones in each run."""
    return settings(max_examples=examples, derandomize=True, database=None, deadline=None)


def test_the_bookings_of_two_services_with_one_id_are_both_confirmed() -> None:
    chains = Chains()
    for service in ("Haircut", "Massage"):
        chains.send_to_ingress(text(booking(id=ID, payload=booking_payload(service=service))))

    chains.follow()

    assert not chains.dead_letters
    assert {function: count for (function, outcome), count in chains.outcomes.items() if outcome == "duplicate"} == {}
    assert chains.outcomes["email.send", "succeeded"] == 2


def test_the_bookings_of_two_tenants_with_one_id_are_both_confirmed() -> None:
    chains = Chains()
    for company in (COMPANY, OTHER_COMPANY):
        chains.send_to_ingress(text(booking(id=ID, payload=booking_payload(companyId=company))))

    chains.follow()

    assert chains.outcomes["email.send", "succeeded"] == 2
    assert chains.outcomes["activity.record", "succeeded"] == 2


def test_the_retries_of_two_tenants_with_one_payment_id_are_both_due() -> None:
    chains = Chains()
    for company in (COMPANY, OTHER_COMPANY):
        chains.send_to_ingress(_body("payment.failed", company))

    chains.follow()
    chains.let_schedules_come_due()

    assert chains.outcomes["payment.retry", "succeeded"] == 2


def test_the_documented_example_computes_the_id_of_a_follow_up() -> None:
    booked = booking(id=ID, payload=booking_payload(note=2.0))
    (example,) = re.findall(r"```python\n(import hashlib.*?)```", CONTRACTS.read_text(), re.DOTALL)
    computed: dict[str, Any] = {"booking": booked}
    chains = Chains()
    chains.send_to_ingress(text(booked))
    chains.follow()

    exec(example, computed)  # noqa: S102 an example of this repository

    (mail,) = (json.loads(each["Detail"]) for each in chains.bus.published if each["DetailType"] == "email.send")
    assert mail["id"] == str(computed["mail_id"])


def test_a_job_sent_ahead_under_a_follow_ups_id_is_an_id_conflict() -> None:
    body = text(booking(id=ID))
    identity = ParentIdentity(COMPANY, "booking.created", ID, payload_digest(body))
    chains = Chains()
    chains.send_to_ingress(_body("email.send", COMPANY, id=identity.follow_up_id("email.send", "")))

    chains.follow()
    chains.send_to_ingress(body)
    chains.follow()

    (letter,) = chains.dead_letters
    assert json.loads(letter)["causationId"] == ID
    assert len(chains.bus.alerts) == 1


@many(100)
@given(pairs(), st.randoms(use_true_random=False), st.booleans())
def test_two_messages_with_one_id_are_both_done_or_in_conflict(
    pair: tuple[Sent, Sent],
    random: Random,
    together: bool,
) -> None:
    _any_two_messages(pair, random, together=together)


@pytest.mark.long
@many(2_000)
@given(pairs(), st.randoms(use_true_random=False), st.booleans())
def test_two_messages_with_one_id_are_both_done_or_in_conflict_at_length(
    pair: tuple[Sent, Sent],
    random: Random,
    together: bool,
) -> None:
    _any_two_messages(pair, random, together=together)


BY_TYPE = pytest.mark.parametrize("type_name", TYPES)


@BY_TYPE
@pytest.mark.parametrize("has_id", [True, False], ids=["id", "derived id"])
def test_a_true_repeat_is_done_once(type_name: str, *, has_id: bool) -> None:
    _repeats(type_name, 30, has_id=has_id)


@pytest.mark.long
@BY_TYPE
def test_a_thousand_true_repeats_are_done_once(type_name: str) -> None:
    _repeats(type_name, 1_000, has_id=True)
