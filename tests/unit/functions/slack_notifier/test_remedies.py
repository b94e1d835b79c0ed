"""A dead-letter card says whose turn it is, and gives the command of the remedy first."""

import pytest

from schemas.reasons import Reason, Remedy
from tests.unit.functions.slack_notifier.slack_fakes import dead_lettered
from tests.unit.functions.slack_notifier.test_cards import notices_of


@pytest.mark.parametrize("reason", [Reason.PERMANENT, Reason.ATTEMPTS_EXHAUSTED])
@pytest.mark.parametrize(
    ("remedy", "first", "turn"),
    [
        (Remedy.REDRIVE, "redrive email.send --cause c83d68dfbef7", "ours"),
        (Remedy.DISCARD, "discard email.send --cause c83d68dfbef7", "the sender's (taly.backend)"),
        (Remedy.MEND, "redo m-1 --payload payload.json", "an operator's"),
    ],
)
def test_the_raisers_remedy_comes_first(reason: Reason, remedy: Remedy, first: str, turn: str) -> None:
    (notice,) = notices_of(dead_lettered(reason=reason, remedy=remedy, source="taly.backend", ids=("m-1",)))

    step = notice.card.steps[0]

    assert step.command.startswith(f"taly-async {first} ")
    assert "".join(map(str, step.text)).startswith(f"Whose turn: {turn}. ")


@pytest.mark.parametrize("others", [(Remedy.MEND,), (None,), (Remedy.REDRIVE, Remedy.MEND)])
def test_where_a_causes_remedies_differ_nothing_is_lost(others: tuple[Remedy | None, ...]) -> None:
    remedies = (Remedy.DISCARD, *others)
    alerts = [dead_lettered(n, reason=Reason.PERMANENT, remedy=each) for n, each in enumerate(remedies)]

    (notice,) = notices_of(*alerts)

    assert [step.command.split()[1] for step in notice.card.steps] == ["redrive"]
