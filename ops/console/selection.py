"""Selection of dead letters by the query string of a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ops.dead_letters.dead_letter import as_text
from ops.dead_letters.filters import Filters, FilterTexts
from ops.dead_letters.search import FoundDeadLetter
from ops.stage.services import require_name

# Flask's `url_for`, to which the templates pass a query, has a parameter `endpoint` of its own.
_FILTERS = ("reason", "remedy", "cause", "tenant", "endpoint_id", "id", "since", "until")


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Dead letters of one service, or of all, that match the filters."""

    service: str
    """Empty for all."""

    filters: Filters

    @classmethod
    def of(cls, query: Mapping[str, str], now: datetime) -> "Selection":
        """Read a query string or a form; a blank parameter counts as absent.

        Raises:
            OperatorError: there is no such service, or a filter could match nothing.
        """
        service = query.get("type", "").strip()
        given = {name: query.get(name, "").strip() or None for name in _FILTERS}
        texts = FilterTexts(fingerprint=given.pop("cause"), endpoint=given.pop("endpoint_id"), **given)
        filters = texts.read(now.replace(microsecond=0))
        services = filters.services([require_name(service)] if service else [])
        return cls(service=services[0] if services else "", filters=filters)

    @property
    def query(self) -> dict[str, str]:
        """Parameters of a query string for this selection; times are absolute, so that it means the same later."""
        filters = self.filters
        texts = {
            "type": self.service,
            "reason": filters.reason,
            "remedy": filters.remedy or "",
            "cause": filters.fingerprint,
            "tenant": filters.tenant,
            "endpoint_id": filters.endpoint,
            "id": filters.id,
            "since": _rfc3339(filters.since),
            "until": _rfc3339(filters.until),
        }
        return {name: text for name, text in texts.items() if text}

    @property
    def description(self) -> str:
        """Text for headings."""
        filters = self.filters
        parts = (
            ("", self.service or "all types"),
            ("reason ", filters.reason),
            ("remedy ", filters.remedy or ""),
            ("cause ", filters.fingerprint),
            ("tenant ", filters.tenant),
            ("endpoint ", filters.endpoint),
            ("id ", filters.id),
            ("since ", as_text(filters.since)),
            ("before ", as_text(filters.until)),
        )
        return ", ".join(name + text for name, text in parts if text)

    def __call__(self, found: FoundDeadLetter) -> bool:
        """Whether a dead letter is selected."""
        return self.service in {"", found.service} and self.filters(found.dead_letter)


def _rfc3339(at: datetime | None) -> str:
    """Format a time so that it is read back exactly: to the second, or to the fraction that was given."""
    return at.isoformat().replace("+00:00", "Z") if at else ""


def same_cause(found: FoundDeadLetter) -> dict[str, str]:
    """Query parameters that select all dead letters with the same type, cause and reason as this one."""
    dead_letter = found.dead_letter
    return {
        "type": found.service,
        **({"cause": dead_letter.fingerprint} if dead_letter.fingerprint else {}),
        "reason": dead_letter.reason or "none",
    }
