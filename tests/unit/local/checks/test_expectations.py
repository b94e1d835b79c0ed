"""What is there is compared with what must be there."""

from collections import Counter
from datetime import UTC, datetime

from local.checks.expectations import differences, misplaced, redelivered
from local.traffic.publication import Due
from ops.stage.log_lines import LogLine
from schemas.reasons import Outcome

AT = datetime(2026, 4, 15, 12, tzinfo=UTC)
RETRY = Due("payment/in_1/2", AT, "payment.retry")
SOME_TIME = Due("payment/in_1/2", None, "payment.retry")


def test_what_stands_as_it_must_is_no_difference() -> None:
    assert misplaced(Counter([RETRY]), Counter([RETRY])) == []


def test_of_what_is_not_foretold_for_when_it_is_enough_that_it_stands() -> None:
    assert misplaced(Counter([SOME_TIME]), Counter([RETRY])) == []
    (missing,) = misplaced(Counter([SOME_TIME]), Counter())
    assert missing.sentence() == "payment.retry: 0 scheduled as payment/in_1/2, expected 1"


def test_what_stands_for_another_time_is_missed_and_found() -> None:
    later = Due(RETRY.key, AT.replace(hour=13), RETRY.type)

    assert [(each.expected, each.found) for each in misplaced(Counter([RETRY]), Counter([later]))] == [(1, 0), (0, 1)]


def test_a_count_that_is_not_as_foretold_is_a_difference_however_often_was_deferred() -> None:
    wanted = Counter({("email.send", "succeeded"): 2})

    (missing,) = differences(wanted, Counter({("email.send", "succeeded"): 1, ("email.send", "deferred"): 7}))

    assert missing.sentence() == "email.send: 1 succeeded, expected 2"


def test_what_was_delivered_again_may_run_a_reaction_again_and_be_a_duplicate_but_no_job_succeeds_again() -> None:
    wanted = Counter({("report.ready", "succeeded"): 1, ("email.send", "succeeded"): 1})
    more = Counter({("report.ready", "succeeded"): 2, ("email.send", "succeeded"): 1, ("email.send", "duplicate"): 1})

    assert len(differences(wanted, more)) == 2
    assert differences(wanted, more, redelivered=1) == []
    assert differences(wanted, more + Counter({("email.send", "succeeded"): 1}), redelivered=1) != []
    assert differences(more, wanted, redelivered=1) != []


def test_a_delivery_is_repeated_where_sqs_counts_more_than_one_receive() -> None:
    first = LogLine(at=AT, what=Outcome.SUCCEEDED, service="email.send", receive_count=1)
    again = LogLine(at=AT, what=Outcome.DUPLICATE, service="email.send", receive_count=2)

    assert redelivered([first, again]) == 1
