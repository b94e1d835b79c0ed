"""A discard exports first, and deletes only after confirmation."""

import json
import stat
from pathlib import Path
from uuid import uuid4

from playwright.sync_api import expect

from ops.console.context import ConsoleContext
from schemas.activities import ACTIVITY_RECORD
from schemas.reasons import OperatorAction
from tests.e2e.browser.audit import audited
from tests.e2e.browser.discard_form import export
from tests.e2e.browser.failing_messages import SUMMARY, FailingMessages
from tests.e2e.browser.tab import Tab
from tests.e2e.scene import Scene


def open_discard_form(tab: Tab, job: str) -> None:
    tab.page.get_by_placeholder("message id").fill(job)
    tab.page.get_by_role("button", name="Find").click()
    tab.page.get_by_role("link", name="Discard …").click()


def test_cancelled_discard_leaves_the_dead_letter(scene: Scene, job: str, tab: Tab, folder: Path) -> None:
    open_discard_form(tab, job)
    export(tab.page, comment="a test")

    tab.page.get_by_role("button", name="Cancel").click()

    expect(tab.page.get_by_role("main")).to_contain_text("Stopped by you")
    expect(tab.page.get_by_role("main")).to_contain_text("0 dead letters")
    scene.dead_letter(ACTIVITY_RECORD.name, lambda dead_letter: dead_letter.id == job)
    assert len(list(folder.glob("*.jsonl"))) == 1


def test_confirmed_discard_deletes_what_is_in_the_file(
    scene: Scene, console: ConsoleContext, failing: FailingMessages, tab: Tab, folder: Path
) -> None:
    (job,) = failing.of_activities(str(uuid4()))
    open_discard_form(tab, job)
    file = export(tab.page, comment="the backend team knows")
    assert file.parent == folder.relative_to(Path.cwd())
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, file)] == [0o700, 0o600]
    (exported,) = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert (exported["id"], json.loads(exported["body"])["payload"]["summary"]) == (job, SUMMARY)

    tab.page.get_by_role("button", name="Delete 1 for good").click()

    expect(tab.page.get_by_role("main")).to_contain_text("1 dead letter of activity.record in stage local deleted")
    (line,) = audited(console, OperatorAction.DISCARDED, job)
    assert line["why"] == "the backend team knows"
    tab.page.get_by_role("link", name="Back to the overview").click()
    scene.eventually(
        lambda: console.cache.snapshot.found and job not in failing.known(), what="the dead letter to be gone"
    )
