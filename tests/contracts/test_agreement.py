"""Pydantic, JSON Schema and Zod accept the same messages, and Python and TypeScript derive the same ids.

By default 1,000 messages, the same ones in each run; more with `AGREEMENT_MESSAGES=10000`.
"""

import json
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ops.contracts.contract import Contract, contracts
from schemas.catalogue import ALL_TYPES
from schemas.reasons import Reason
from tests.bad_input import BadInput, bad_inputs, good
from tests.contracts.corpus import TIMES, WRONG_VALUES, Changed, changed, places, put, valid
from tests.contracts.validators import Validators

MESSAGES = int(os.environ.get("AGREEMENT_MESSAGES", "1000"))
CONTRACTS = list(contracts(ALL_TYPES))
EACH = settings(
    max_examples=-(-MESSAGES // len(CONTRACTS) // 2),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # shrinking would take minutes, and the result names the changed place anyway
)

EDGES = [each for each in CONTRACTS if each.name in {"payment.failed.v2", "report.ready.v1", "appointment.reminder.v1"}]
EXAMPLE_ID = "7d57a529-f983-5c62-9d1f-31708b50216f"

of_every_contract = pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)


EXAMPLE = good()
"""A message with the four required fields."""

BEYOND_SCHEMAS = {Reason.INVALID_JSON, Reason.TOO_LARGE}
"""Reasons that no schema can check: JSON.parse hides the difference, or only AWS has the limit."""


def test_the_four_field_example_is_valid_and_has_one_id(validators: Validators) -> None:
    validation = validators.validate(EXAMPLE)

    assert validation.pydantic
    assert validation.agree
    assert validation.typescript_id == EXAMPLE_ID


@of_every_contract
def test_they_agree_on_the_published_example(contract: Contract, validators: Validators) -> None:
    validation = validators.validate(contract.example)

    assert validation.pydantic
    assert validation.agree


def test_they_derive_the_same_id_for_hard_cases_of_canonical_json(validators: Validators) -> None:
    payload = EXAMPLE["payload"] | {
        "keys": dict.fromkeys(["\ue000", "\U0001f4a9", "\u20ac", "1", "", "\r", "__proto__", "é", "e\u0301"], 1),
        "numbers": [333333333.33333329, 1e30, 4.5, 2e-3, 1e-27, 1e21, 1e20, -0.0, 0, 5e-324, 1.7976931348623157e308],
        "strings": ['\u20ac$\x0f\nA\'B"\\\\"/', "\u2028\u2029\x7f\x80", "\U0001f4a9"],
    }

    validation = validators.validate(EXAMPLE | {"payload": payload})

    assert validation.pydantic
    assert validation.agree


@pytest.mark.parametrize("time", TIMES, ids=ascii)
def test_they_agree_on_times(time: str, validators: Validators) -> None:
    assert validators.validate(EXAMPLE | {"timestamp": time}).agree
    assert validators.validate(EXAMPLE | {"payload": EXAMPLE["payload"] | {"startTime": time}}).agree


@pytest.mark.parametrize("value", WRONG_VALUES, ids=lambda value: ascii(value)[:40])
@pytest.mark.parametrize("contract", EDGES, ids=lambda contract: contract.name)
def test_they_agree_on_edge_cases_in_each_field(contract: Contract, value: object, validators: Validators) -> None:
    results = {place: validators.validate(put(contract.example, place, value)) for place in places(contract.example)}

    assert {place: validation for place, validation in results.items() if not validation.agree} == {}


@pytest.mark.parametrize("bad", [each for each in bad_inputs() if each.reason not in BEYOND_SCHEMAS], ids=repr)
def test_they_refuse_the_bad_inputs_of_all_tests(bad: BadInput, validators: Validators) -> None:
    validation = validators.validate(json.loads(bad.text))

    assert not validation.pydantic
    assert validation.agree


@of_every_contract
def test_they_agree_on_valid_messages_and_their_ids(contract: Contract, validators: Validators) -> None:
    @EACH
    @given(message=valid(contract), ascii_alone=st.booleans())
    def agree(message: dict[str, Any], ascii_alone: bool) -> None:
        validation = validators.validate(message, ascii_alone=ascii_alone)

        assert validation.pydantic, validation
        assert validation.agree, validation

    agree()


@of_every_contract
def test_they_agree_on_valid_messages_with_one_change(contract: Contract, validators: Validators) -> None:
    @EACH
    @given(change=changed(contract))
    def agree(change: Changed) -> None:
        validation = validators.validate(change.message)

        assert validation.agree, validation

    agree()
