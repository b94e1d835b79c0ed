"""The outcome of a mail is at its message and in the last line of its journey."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from itertools import permutations
from typing import Any

import pytest
from rich.console import Console

from ops.stage.log_lines import LogLine
from ops.terminal.output import show
from ops.trace import tree
from ops.trace.journey import journeys
from ops.trace.mails import MAIL_MARKS, MailState
from ops.trace.records import records
from ops.trace.tail import compact
from schemas.reasons import Outcome
from tests.fakes.service import NOON


def line(seconds: float, type_name: str, an_id: str, **fields: Any) -> LogLine:
    known = {"what": Outcome.SUCCEEDED, "id": an_id, "type": type_name, "service": type_name} | fields
    return LogLine(at=NOON + timedelta(seconds=seconds), **known)


BOOKING = line(0, "booking.created", "booking-1", company_id="c-1")
SENT = line(1, "email.send", "mail-1", causation_id="booking-1")
DELIVERED = line(9, "email.delivered", "delivered-1", causation_id="mail-1", detail="delivered 14:00:33")
BOUNCED = line(8, "email.bounced", "bounced-1", causation_id="mail-1", detail="bounced: the mailbox is unknown")
COMPLAINED = line(7, "email.complained", "complained-1", causation_id="mail-1", detail="complained: marked as spam")


def drawn(*lines: LogLine, **options: Any) -> list[str]:
    console = Console(file=StringIO(), highlight=False, width=300, **options)
    show(tree.text(journeys(lines), asked="booking-1", stage="prod", now=NOON + timedelta(hours=1)), (), to=console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        (DELIVERED, "✓ delivered 14:00:33"),
        (BOUNCED, "✗ bounced: the mailbox is unknown"),
        (COMPLAINED, "✗ complained: marked as spam"),
    ],
    ids=["delivered", "bounced", "complained"],
)
def test_the_report_is_at_the_mail_below_it_and_last(report: LogLine, sentence: str) -> None:
    lines = drawn(BOOKING, SENT, report)

    (at_the_mail,) = (each for each in lines if "email.send mail-1" in each)
    (below,) = (at for at, each in enumerate(lines) if f"{report.type} {report.id}" in each)
    assert at_the_mail.endswith(f"mail-1  {sentence}")
    assert lines[below + 1].endswith(report.detail)
    assert lines[-1] == sentence


@pytest.mark.parametrize("reports", [*permutations([DELIVERED, BOUNCED, COMPLAINED])])
def test_the_worst_report_counts_in_whatever_order(reports: tuple[LogLine, ...]) -> None:
    in_order = [replace(each, at=NOON + timedelta(seconds=at)) for at, each in enumerate(reports, 2)]

    assert drawn(SENT, *in_order)[-1] == "✗ complained: marked as spam"


def test_a_report_that_is_still_being_handled_is_named() -> None:
    waiting = line(9, "email.bounced", "bounced-1", causation_id="mail-1", what=Outcome.DEFERRED, destination="bus")

    assert drawn(SENT, waiting)[-1] == "✗ bounced"


def test_a_mail_without_a_report_says_so() -> None:
    assert drawn(BOOKING, SENT)[-1] == "… sent, no report from SES yet"


def test_a_suppressed_mail_is_skipped() -> None:
    skipped = line(1, "email.send", "mail-1", what=Outcome.SKIPPED, detail="suppressed: an earlier mail bounced")

    assert drawn(skipped)[-1] == "○ skipped: suppressed: an earlier mail bounced"


@pytest.mark.parametrize("what", [Outcome.ROUTED, Outcome.RETRYING, Outcome.DEFERRED, Outcome.DEAD_LETTERED])
def test_nothing_became_of_a_mail_that_is_not_sent(what: Outcome) -> None:
    lines = drawn(line(1, "email.send", "mail-1", what=what))

    assert not any(mark in lines[-1] for mark, _ in MAIL_MARKS.values())


def test_a_mail_whose_own_lines_are_too_old_has_its_report() -> None:
    lines = drawn(BOUNCED)

    assert "  ✗ bounced: the mailbox is unknown  not in these logs" in lines[0]
    assert lines[-1] == "✗ bounced: the mailbox is unknown"


def test_of_several_mails_each_state_is_counted() -> None:
    others = [line(at, "email.send", f"other-{at}", causation_id="booking-1") for at in (2, 3)]
    waiting = line(4, "email.send", "waiting", causation_id="booking-1", what=Outcome.RETRYING, delay=5)

    shown = drawn(BOOKING, SENT, BOUNCED, *others, waiting)

    assert shown[-1] == "✗ 4 mails: 2 without a report from SES, 1 bounced, 1 not sent"


@pytest.mark.parametrize(("report", "colour"), [(DELIVERED, "32"), (BOUNCED, "31"), (COMPLAINED, "31")])
def test_a_report_is_green_or_red_in_trace_and_tail(report: LogLine, colour: str) -> None:
    console = Console(file=StringIO(), force_terminal=True, color_system="standard", width=300)
    console.print(compact(report))
    assert isinstance(console.file, StringIO)

    coloured = f"\x1b[1;{colour}m"
    assert f"{coloured}{report.detail}" in console.file.getvalue()
    assert drawn(SENT, report, force_terminal=True, color_system="standard")[-1].startswith(coloured)


def test_the_json_records_have_the_sentence() -> None:
    *_, record = records(journeys([SENT, BOUNCED]), NOON)

    assert (record["parent"], record["detail"]) == ("mail-1", "bounced: the mailbox is unknown")


def test_a_sentence_from_the_log_is_escaped() -> None:
    hostile = line(2, "email.bounced", "b", causation_id="mail-1", detail="[red]\x1b[2J\u202e[/nonsense]")

    assert drawn(SENT, hostile)[-1] == r"✗ [red]\x1b[2J\u202e[/nonsense]"


def test_every_state_has_a_mark() -> None:
    assert MAIL_MARKS.keys() == set(MailState)
