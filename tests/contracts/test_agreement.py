"""A message is valid for pydantic, for JSON Schema and for Zod, or for none of them; and it has one id.

1,000 messages by default; `AGREEMENT_MESSAGES=10000` for more. The same messages each time.
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
from tests.contracts.judges import Judges

MESSAGES = int(os.environ.get("AGREEMENT_MESSAGES", "1000"))
CONTRACTS = list(contracts(ALL_TYPES))
EACH = settings(
    max_examples=-(-MESSAGES // len(CONTRACTS) // 2),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # shrinking would take minutes, and the place that was changed is told anyhow
)

EDGES = [each for each in CONTRACTS if each.name in {"payment.failed.v2", "report.ready.v1", "appointment.reminder.v1"}]
EXAMPLE_ID = "7d57a529-f983-5c62-9d1f-31708b50216f"

of_every_contract = pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)


EXAMPLE = good()
"""The four fields of the design's first page."""

IMPOSSIBLE_TO_SEE = {Reason.INVALID_JSON, Reason.TOO_LARGE}
"""What JSON.parse has made equal or lost, and what only AWS minds."""


def test_the_four_field_example_is_valid_and_has_one_id(the_judges: Judges) -> None:
    verdicts = the_judges.judge(EXAMPLE)

    assert verdicts.pydantic
    assert verdicts.agree
    assert verdicts.typescript_id == EXAMPLE_ID


@of_every_contract
def test_they_agree_on_the_published_example(contract: Contract, the_judges: Judges) -> None:
    verdicts = the_judges.judge(contract.example)

    assert verdicts.pydantic
    assert verdicts.agree


def test_they_derive_one_id_of_what_canonical_json_is_hard_about(the_judges: Judges) -> None:
    payload = EXAMPLE["payload"] | {
        "keys": dict.fromkeys(["\ue000", "\U0001f4a9", "\u20ac", "1", "", "\r", "__proto__", "é", "e\u0301"], 1),
        "numbers": [333333333.33333329, 1e30, 4.5, 2e-3, 1e-27, 1e21, 1e20, -0.0, 0, 5e-324, 1.7976931348623157e308],
        "strings": ['\u20ac$\x0f\nA\'B"\\\\"/', "\u2028\u2029\x7f\x80", "\U0001f4a9"],
    }

    verdicts = the_judges.judge(EXAMPLE | {"payload": payload})

    assert verdicts.pydantic
    assert verdicts.agree


@pytest.mark.parametrize("time", TIMES, ids=ascii)
def test_they_agree_on_times(time: str, the_judges: Judges) -> None:
    assert the_judges.judge(EXAMPLE | {"timestamp": time}).agree
    assert the_judges.judge(EXAMPLE | {"payload": EXAMPLE["payload"] | {"startTime": time}}).agree


@pytest.mark.parametrize("value", WRONG_VALUES, ids=lambda value: ascii(value)[:40])
@pytest.mark.parametrize("contract", EDGES, ids=lambda contract: contract.name)
def test_they_agree_on_every_edge_in_every_place(contract: Contract, value: object, the_judges: Judges) -> None:
    said = {place: the_judges.judge(put(contract.example, place, value)) for place in places(contract.example)}

    assert {place: verdicts for place, verdicts in said.items() if not verdicts.agree} == {}


@pytest.mark.parametrize("bad", [each for each in bad_inputs() if each.reason not in IMPOSSIBLE_TO_SEE], ids=repr)
def test_they_agree_on_what_every_other_test_calls_bad(bad: BadInput, the_judges: Judges) -> None:
    verdicts = the_judges.judge(json.loads(bad.text))

    assert not verdicts.pydantic
    assert verdicts.agree


@of_every_contract
def test_they_agree_on_valid_messages_and_their_ids(contract: Contract, the_judges: Judges) -> None:
    @EACH
    @given(message=valid(contract), ascii_alone=st.booleans())
    def agree(message: dict[str, Any], ascii_alone: bool) -> None:
        verdicts = the_judges.judge(message, ascii_alone=ascii_alone)

        assert verdicts.pydantic, verdicts
        assert verdicts.agree, verdicts

    agree()


@of_every_contract
def test_they_agree_on_messages_that_differ_from_a_valid_one_in_one_place(
    contract: Contract, the_judges: Judges
) -> None:
    @EACH
    @given(change=changed(contract))
    def agree(change: Changed) -> None:
        verdicts = the_judges.judge(change.message)

        assert verdicts.agree, verdicts

    agree()
