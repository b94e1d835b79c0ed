"""The form of a discard."""

from pathlib import Path

from playwright.sync_api import Page, expect


def export(page: Page, *, comment: str) -> Path:
    """Submit the form for one dead letter; return the exported file when the page asks for confirmation."""
    page.get_by_label("Comment for the audit log").fill(comment)
    page.get_by_role("button", name="Export 1 to a file").click()
    expect(page.get_by_role("main")).to_contain_text("Delete 1 dead letter for good?")
    return Path(page.get_by_role("main").get_by_role("status").get_by_role("code").first.inner_text())
