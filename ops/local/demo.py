"""The demonstration: 200 bookings through the whole system, and the proof that nothing was lost."""

import time
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ops.console import console, done, step
from ops.local import report
from ops.local.crm_books import CrmBooks, Failure
from ops.local.doors import publish
from ops.local.expectations import differences, expected, final_ids, found
from ops.local.ledger import Ledger, Snapshot
from ops.local.local_stage import LocalStage, local_stage
from ops.local.polling import DeadlineExceededError, poll
from ops.local.traffic import Bookings, Fate, Publication

_BOOKINGS = 200
_SEED = 2024
_SECONDS = 100
"""Until every message must be final; the one retry that is asked for waits 5 s at most."""


def demo() -> bool:
    """Run it; whether everything was as promised.

    Raises:
        LocalStageError: the local stage did not start.
    """
    began = time.monotonic()
    with local_stage("demo", step) as stage:
        bookings = Bookings(_SEED).morning(_BOOKINGS)
        instruct(stage.crm.books, bookings)
        published = time.monotonic()
        snapshot = _run(stage, bookings)
        took = time.monotonic() - published
        done(f"Publish {len(bookings)} messages and follow each to its end", took)
    wanted, is_found = expected(snapshot.accepted), found(snapshot.lines, snapshot.unrouted)
    console.print(report.tally(is_found), report.mail(snapshot.mails), report.dead_letter(snapshot.letters))
    wrong = differences(wanted, is_found)
    console.print(report.conclusion(snapshot, wrong, seconds=took))
    console.print(
        f"\nAll of it took {time.monotonic() - began:.0f} s, and all is stopped again. Logs:", stage.folder.shown
    )
    return snapshot.balance.holds and not wrong


def instruct(books: CrmBooks, publications: Sequence[Publication]) -> None:
    """Tell the stand-in CRM which bookings it shall fail, and how."""
    failures = {
        Fate.CRM_FAILS_ONCE: Failure(HTTPStatus.SERVICE_UNAVAILABLE, times=1),
        Fate.CRM_REFUSES: Failure(HTTPStatus.UNPROCESSABLE_ENTITY),
    }
    for item in publications:
        if item.fate in failures:
            books.fail(item.booking_id, failures[item.fate])


def _run(stage: LocalStage, bookings: Sequence[Publication]) -> Snapshot:
    """Publish everything and wait until all of it is final, or until nobody need wait any longer."""
    ledger = Ledger(stage)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("Publish", total=len(bookings))
        for accepted in publish(stage, bookings):
            ledger.enter(accepted)
            progress.advance(bar, len(accepted))
        wanted = final_ids(expected(ledger.accepted))
        progress.reset(bar, description="Messages final", total=wanted)

        def all_final() -> Snapshot | None:
            stage.emulator.must_live()
            snapshot = ledger.snapshot()
            progress.update(bar, completed=len(snapshot.balance.final))
            return snapshot if len(snapshot.balance.final) >= wanted else None

        with suppress(DeadlineExceededError):  # what is not final is reported by id
            return poll(all_final, what="all messages to be final", seconds=_SECONDS, every=0.5)
    return ledger.snapshot()
