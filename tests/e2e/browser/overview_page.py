"""Parts of the overview."""

import re

from playwright.sync_api import Locator, Page

from schemas.reasons import Reason


def cause_of(page: Page, service: str, reason: Reason) -> Locator:
    """Section of a type's dead letters with a reason."""
    heading = page.get_by_role("heading", name=re.compile(rf" {re.escape(service)}$"))
    return page.get_by_role("article").filter(has=heading).filter(has_text=reason)
