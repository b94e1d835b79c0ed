"""From the form of a discard up to its question."""

from pathlib import Path

from playwright.sync_api import Page, expect


def export(page: Page, *, why: str) -> Path:
    """Have one letter written to a file, as the page asks it; gives the file that it names, when it asks once more."""
    page.get_by_label("Why?").fill(why)
    page.get_by_role("button", name="Write it to a file").click()
    expect(page.get_by_role("main")).to_contain_text("Delete it for good?")
    return Path(page.get_by_role("main").get_by_role("status").get_by_role("code").first.inner_text())
