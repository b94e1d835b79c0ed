"""The chaos suite's table says of each scenario what came in, what became of it, and what went wrong."""

from collections import Counter

from local.checks.conservation import Finding, Violation
from schemas.reasons import Outcome
from tests.e2e.chaos.table import WIDTH, Row, duplicates, lost, rendered, total

CALM = Row(
    scenario="first light",
    accepted=1,
    followed=2,
    outcomes=Counter({Outcome.SUCCEEDED: 3, Outcome.ROUTED: 1}),
    duplicates=0,
    lost=0,
    seconds=2.04,
)
STORM = Row(
    scenario="ChangeMessageVisibility + DeleteMessageBatch + GetSecretValue + SendMessageBatch",
    accepted=2400,
    followed=3100,
    outcomes=Counter({Outcome.SUCCEEDED: 5300, Outcome.RETRYING: 1200, Outcome.DEAD_LETTERED: 200}),
    duplicates=1,
    lost=2,
    seconds=121.5,
)


def test_each_scenario_is_a_line_and_their_sum_is_the_last() -> None:
    lines = rendered([CALM, STORM]).splitlines()

    (calm,) = (line for line in lines if line.startswith("first light"))
    (both,) = (line for line in lines if line.startswith("total of 2"))
    assert calm.split()[2:] == ["1+2", "3", "·", "·", "·", "·", "·", "0", "0", "2.0"]
    assert both.split()[3:] == ["2401+3102", "5303", "·", "·", "1200", "·", "200", "1", "2", "123.5"]


def test_it_fits_a_terminal_whatever_a_scenario_is_called() -> None:
    text = rendered([CALM, STORM])

    assert max(map(len, text.splitlines())) <= WIDTH
    assert "…" not in text
    assert "\x1b" not in text


def test_the_sum_leaves_the_scenarios_as_they_are() -> None:
    before = Counter(CALM.outcomes)

    total([CALM, STORM])

    assert CALM.outcomes == before


def test_what_was_done_twice_and_what_did_not_come_to_its_end_are_told_apart() -> None:
    findings = [Finding("id", breach) for breach in Violation]

    assert duplicates(findings) == 1
    assert lost(findings) == 4
    assert (duplicates([]), lost([])) == (0, 0)
