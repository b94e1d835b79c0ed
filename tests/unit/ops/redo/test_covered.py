"""Repeats, and what a message that is redone causes again, need no redo of their own."""

from datetime import timedelta

import pytest

from tests.messages import COMPANY
from tests.unit.ops.redo.redo_stage import AN_HOUR_AGO, RedoStage, address, mail, published, run


def test_the_repeats_of_an_earlier_run_are_not_chosen_by_type(capsys: pytest.CaptureFixture[str]) -> None:
    stage = RedoStage()
    stage.has_done(mail(1))
    run(stage, stage.request("mail-1"))
    stage.clock.sleep(60)

    assert run(stage, stage.request(types=("email.send",), run="run-2"))

    assert stage.done == {address(1): 3}
    assert "1 message needs no redo of its own: it is the repeat of another one" in capsys.readouterr().out


def test_what_a_repeat_caused_is_not_chosen_by_type() -> None:
    stage = RedoStage()
    booking = {"id": "booking-1", "type": "booking.created", "payload": {"companyId": COMPANY}}
    stage.outcome(booking, "succeeded", AN_HOUR_AGO)
    stage.has_done(mail(1, correlationId="booking-1", causationId="booking-1"))
    redone = {"message": "redone", "id": "booking-1", "new_id": "booking-2", "company_id": COMPANY}
    stage.logs.write(stage.audit.log_group, AN_HOUR_AGO, **redone)
    stage.has_done(mail(2, correlationId="booking-1", causationId="booking-2"))

    assert run(stage, stage.request(types=("email.send",)))

    assert [new["causationId"] for new in published(stage)] == ["mail-1"]


@pytest.mark.parametrize("by_id", [True, False])
def test_a_follow_up_of_a_message_that_is_redone_is_left_to_it(by_id: bool, capsys: pytest.CaptureFixture[str]) -> None:
    stage = RedoStage()
    stage.has_done(mail(1))
    stage.has_done(mail(2, correlationId="mail-1", causationId="mail-1"), AN_HOUR_AGO + timedelta(seconds=1))
    stage.has_done(mail(3, correlationId="mail-1", causationId="mail-2"), AN_HOUR_AGO + timedelta(seconds=2))
    chosen = stage.request("mail-1", "mail-3") if by_id else stage.request(types=("email.send",))

    assert run(stage, chosen)

    assert [new["causationId"] for new in published(stage)] == ["mail-1"]
    assert "a message that caused it is redone, and causes it again" in capsys.readouterr().out


def test_a_follow_up_is_redone_if_its_cause_is_not_for_want_of_money() -> None:
    stage = RedoStage()
    charge = {"id": "p", "type": "payment.failed", "payload": {"companyId": COMPANY}}
    stage.outcome(charge, "succeeded", AN_HOUR_AGO)
    stage.has_done(mail(1, correlationId="p", causationId="p"))

    assert not run(stage, stage.request("p", "mail-1"))

    assert [new["causationId"] for new in published(stage)] == ["mail-1"]
