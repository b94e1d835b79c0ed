"""The time that the costliest messages take, relative to `json.loads`, and the search for them."""

import gc
from pathlib import Path

import pytest

from lambdas.common.batch.delivery import SqsEvent
from lambdas.common.redaction.exceptions import safe_message
from schemas.reasons import Outcome
from tests.bad_input import LARGEST
from tests.fakes.function import FunctionHarness, sqs_event
from tests.fuzz import costs
from tests.fuzz.__main__ import main
from tests.fuzz.costs import COSTLIEST, LIMIT, Recipe, cost, handled, search
from tests.messages import booking, text

SLICED = [
    recipe if number % 3 == 0 else pytest.param(recipe, marks=pytest.mark.long)
    for number, recipe in enumerate(COSTLIEST)
]
"""All recipes, of which `make test` runs every third: each takes seconds."""


@pytest.mark.parametrize("recipe", SLICED, ids=str)
def test_a_costly_message_costs_less_than_a_second(recipe: Recipe) -> None:
    body = recipe.body()

    assert 0.99 * LARGEST < len(body.encode()) <= LARGEST
    assert any(cost(body) < LIMIT for _ in range(3))


@pytest.mark.parametrize("recipe", SLICED[:3], ids=str)
def test_nine_good_neighbours_of_a_costly_message_are_routed(recipe: Recipe) -> None:
    good = [text(booking(id=f"good-{number}")) for number in range(9)]

    harness = handled(sqs_event(*good[:5], recipe.body(), *good[5:]))

    assert harness.outcomes.count(Outcome.ROUTED) == 9
    assert [line["id"] for line in harness.lines if line["outcome"] == Outcome.ROUTED] == [
        f"good-{number}" for number in range(9)
    ]
    assert [line["outcome"] for line in harness.lines].count(Outcome.DEAD_LETTERED) == 1


@pytest.mark.parametrize("recipe", SLICED[:4], ids=str)
def test_an_exception_that_quotes_a_costly_message_is_redacted_in_a_second(recipe: Recipe) -> None:
    body = recipe.body()
    error = ValueError(f"cannot do \\n %2F & + {body[-LARGEST // 2 :]}")

    def redacted(_event: SqsEvent) -> FunctionHarness:
        gc.disable()  # as the loop does for a batch with such a body
        try:
            safe_message(error, body)
        finally:
            gc.enable()
        return FunctionHarness()

    assert any(cost(body, redacted) < LIMIT for _ in range(3))


@pytest.mark.long
def test_the_search_finds_costlier_messages() -> None:
    lines: list[str] = []

    found = search(runs=3, seconds=0, seed=1, report=lines.append)

    assert found.messages == 3
    assert found.cost < LIMIT
    assert lines[-1].startswith(f"{found.cost:.1f} units")


def test_the_command_line_keeps_the_costliest_message_and_fails_over_the_limit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main([costs.NAME, "--runs", "2"], folder=tmp_path) == 0
    (kept,) = tmp_path.rglob("crash-*")

    monkeypatch.setattr(costs, "LIMIT", 0.0)

    assert main([costs.NAME, "--again", str(kept)]) == 1
    assert "units, of 0 that are allowed" in capsys.readouterr().out
