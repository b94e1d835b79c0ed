"""The chaos suite's table: accepted messages, outcomes and violations of each scenario."""

from collections import Counter

from ops.conserve.message_key import MessageKey
from ops.conserve.reconciliation import Finding, Violation
from schemas.reasons import Outcome
from tests.e2e.chaos.table import WIDTH, ScenarioRow, duplicates, lost, rendered, total

CALM = ScenarioRow(
    scenario="first light",
    accepted=1,
    follow_ups=2,
    outcomes=Counter({Outcome.SUCCEEDED: 3, Outcome.ROUTED: 1}),
    duplicates=0,
    lost=0,
    seconds=2.04,
)
STORM = ScenarioRow(
    scenario="ChangeMessageVisibility + DeleteMessageBatch + GetSecretValue + SendMessageBatch",
    accepted=2400,
    follow_ups=3100,
    outcomes=Counter({Outcome.SUCCEEDED: 5300, Outcome.RETRYING: 1200, Outcome.DEAD_LETTERED: 200}),
    duplicates=1,
    lost=2,
    seconds=121.5,
)


def test_each_scenario_is_a_line_and_the_total_is_last() -> None:
    lines = rendered([CALM, STORM]).splitlines()

    (calm,) = (line for line in lines if line.startswith("first light"))
    (both,) = (line for line in lines if line.startswith("total of 2"))
    assert calm.split()[2:] == ["1+2", "3", "·", "·", "·", "·", "·", "0", "0", "2.0"]
    assert both.split()[3:] == ["2401+3102", "5303", "·", "·", "1200", "·", "200", "1", "2", "123.5"]


def test_the_table_fits_a_terminal_with_any_scenario_name() -> None:
    text = rendered([CALM, STORM])

    assert max(map(len, text.splitlines())) <= WIDTH
    assert "…" not in text
    assert "\x1b" not in text


def test_the_total_does_not_change_the_scenarios() -> None:
    before = Counter(CALM.outcomes)

    total([CALM, STORM])

    assert CALM.outcomes == before


def test_duplicates_and_lost_messages_are_counted_separately() -> None:
    findings = [Finding(MessageKey("email.send", "", "id"), violation) for violation in Violation]

    assert duplicates(findings) == 1
    assert lost(findings) == 4
    assert (duplicates([]), lost([])) == (0, 0)
