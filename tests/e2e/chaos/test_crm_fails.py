"""The CRM fails, is slow, asks for patience, and lies: no message is lost for it, and no side effect is done twice."""

from http import HTTPStatus

from ops.local.crm_books import Failure
from ops.local.traffic import appointments, changes, payments, reports
from ops.local.traffic.draft import Case
from schemas.reasons import Outcome
from tests.e2e.chaos.activities import recorded
from tests.e2e.chaos.chaos import Chaos

READS: tuple[Case, ...] = (appointments.stands, changes.created_and_cancelled)
"""What cannot go on without the CRM's answer."""

WRITES: tuple[Case, ...] = (reports.run_again, payments.due_at_once)

FAILURES = {
    "fails": Failure(HTTPStatus.INTERNAL_SERVER_ERROR, times=1),
    "is away": Failure(HTTPStatus.SERVICE_UNAVAILABLE, times=2),
    "is slow": Failure(times=1, seconds=1),
    "asks for patience": Failure(HTTPStatus.TOO_MANY_REQUESTS, times=1, retry_after="1"),
    "asks for patience until a day gone by": Failure(
        HTTPStatus.SERVICE_UNAVAILABLE, times=1, retry_after="Wed, 21 Oct 2015 07:28:00 GMT"
    ),
    "asks for nonsense": Failure(HTTPStatus.TOO_MANY_REQUESTS, times=1, retry_after="soon"),
    "speaks no HTTP": Failure(times=1, garbage=True),
}

LIES = {
    "no JSON": "<html>It works!</html>",
    "half of it": '{"id": "9b2d0c1e-6c1f-4e0a-8f57-0a4b9f3d7c11", "companyId": ',
    "a list": "[]",
    "nothing": "null",
    "something else": '{"companyName": 7, "admins": "nobody", "startTime": "tomorrow"}',
    "hostile depth": "[" * 5_000,
}


def test_a_crm_that_fails(chaos: Chaos) -> None:
    """All at once, each failure with all that calls the CRM."""
    made = []
    for failure in FAILURES.values():
        own = chaos.made(*READS, *WRITES, times=2) + recorded(chaos, 4)
        for item in own:
            chaos.stage.crm.books.fail(item.subject, failure)
        made += own

    settled = chaos.settle("CRM that fails", chaos.hand_over(made))

    assert settled.findings == []
    assert settled.outcomes[Outcome.DEAD_LETTERED] == 0


def test_a_crm_that_lies(chaos: Chaos) -> None:
    made = []
    for lie in LIES.values():
        own = chaos.made(*READS, times=2)
        for item in own:
            chaos.stage.crm.books.fail(item.subject, Failure(times=1, text=lie))
        made += own

    settled = chaos.settle("CRM that lies", chaos.hand_over(made))

    assert settled.findings == []
    assert settled.outcomes[Outcome.RETRYING] == len(made)
    assert settled.outcomes[Outcome.DEAD_LETTERED] == 0


def test_a_crm_that_lies_on_and_on(chaos: Chaos) -> None:
    made = chaos.made(appointments.stands, times=4)
    for item, lie in zip(made, LIES.values(), strict=False):
        chaos.stage.crm.books.fail(item.subject, Failure(text=lie))

    settled = chaos.settle("CRM that lies on and on", chaos.hand_over(made))

    assert settled.findings == []
    for item in made:
        assert [line.attempt for line in settled.of(item.id)] == [1, 2, 3]
        assert settled.of(item.id)[-1].outcome is Outcome.DEAD_LETTERED
