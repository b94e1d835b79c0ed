"""The stand-in CRM's contacts: the status of their email addresses, and the numbers that opted out of texts."""

from datetime import datetime
from threading import Lock
from typing import Any

from schemas.contacts import ContactEmailStatus, EmailStatus
from schemas.email_domains import same_for_all_spellings
from schemas.wire import timestamp


class Contacts:
    """Statuses by company and address or number, safe for the server's threads. Every company has every contact.

    Reports come in any order and twice: the latest one counts, and of two about one moment the graver one.
    """

    def __init__(self) -> None:
        """Know of no report yet."""
        self._lock = Lock()
        self._emails: dict[tuple[str, str], ContactEmailStatus] = {}
        self._opted_out: dict[tuple[str, str], datetime] = {}

    def report_email(self, contact: ContactEmailStatus) -> None:
        """Keep a report about an address, unless a later one is known."""
        key = contact.company_id, same_for_all_spellings(contact.email)
        with self._lock:
            self._emails[key] = max(contact, self._emails.get(key, contact), key=_rank)

    def report_opt_out(self, company_id: str, phone: str, at: datetime) -> None:
        """Keep that a number opted out of texts."""
        with self._lock:
            self._opted_out[company_id, phone] = max(at, self._opted_out.get((company_id, phone), at))

    def email_status(self, company_id: str, address: str) -> EmailStatus | None:
        """Return the status of an address; None where nothing was reported."""
        with self._lock:
            found = self._emails.get((company_id, same_for_all_spellings(address)))
        return found.status if found else None

    def opted_out(self, company_id: str, phone: str) -> bool:
        """Whether a number opted out of texts."""
        with self._lock:
            return (company_id, phone) in self._opted_out

    def known(self, company_id: str) -> dict[str, Any]:
        """Return all that was reported about a company's contacts, as JSON values."""
        with self._lock:
            return {
                "emails": {
                    address: {
                        "status": each.status,
                        "reason": each.reason,
                        "occurredAt": timestamp(each.occurred_at),
                    }
                    for (company, address), each in self._emails.items()
                    if company == company_id
                },
                "phones": {
                    phone: {"optedOutAt": timestamp(at)}
                    for (company, phone), at in self._opted_out.items()
                    if company == company_id
                },
            }


def _rank(contact: ContactEmailStatus) -> tuple[datetime, bool, str]:
    return contact.occurred_at, contact.status is EmailStatus.COMPLAINED, contact.reason
