"""What is discarded in the console is in a file first, and somebody was asked twice."""

import json
import stat
from pathlib import Path
from uuid import uuid4

from playwright.sync_api import expect

from ops.console.context import ConsoleContext
from schemas.activities import ACTIVITY_RECORD
from schemas.reasons import OperatorAction
from tests.e2e.browser.audit import audited
from tests.e2e.browser.deaths import SUMMARY, Deaths
from tests.e2e.browser.exporting import export
from tests.e2e.browser.tab import Tab
from tests.e2e.scene import Scene


def find_to_discard(tab: Tab, job: str) -> None:
    """From the first page to the form."""
    tab.page.get_by_placeholder("id of a message").fill(job)
    tab.page.get_by_role("button", name="Find").click()
    tab.page.get_by_role("link", name="Discard it").click()


def test_no_leaves_letters_where_they_were(scene: Scene, job: str, tab: Tab, folder: Path) -> None:
    find_to_discard(tab, job)
    export(tab.page, why="a test")

    tab.page.get_by_role("button", name="No, leave them").click()

    expect(tab.page.get_by_role("main")).to_contain_text("Stopped by you")
    expect(tab.page.get_by_role("main")).to_contain_text("0 dead letters")
    scene.dead_letter(ACTIVITY_RECORD.name, lambda letter: letter.id == job)
    assert len(list(folder.glob("*.jsonl"))) == 1


def test_delete_deletes_what_is_in_the_file(
    scene: Scene, desk: ConsoleContext, deaths: Deaths, tab: Tab, folder: Path
) -> None:
    (job,) = deaths.of_activities(str(uuid4()))
    find_to_discard(tab, job)
    file = export(tab.page, why="told the backend team")
    assert file.parent == folder.relative_to(Path.cwd())
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, file)] == [0o700, 0o600]
    (kept,) = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert (kept["id"], json.loads(kept["body"])["payload"]["summary"]) == (job, SUMMARY)

    tab.page.get_by_role("button", name="Delete 1 letter for good").click()

    expect(tab.page.get_by_role("main")).to_contain_text("1 dead letter of activity.record in stage local deleted")
    (line,) = audited(desk, OperatorAction.DISCARDED, job)
    assert line["why"] == "told the backend team"
    tab.page.get_by_role("link", name="Back to what died").click()
    scene.eventually(lambda: desk.board.seen.found and job not in deaths.known(), what="the letter to be gone")
