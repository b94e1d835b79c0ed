"""Which dead letters a page is about, as its address says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ops.dead_letters.dead_letter import as_text
from ops.dead_letters.filters import Filters, FilterTexts
from ops.dead_letters.search import Found
from ops.stage.services import known

_TEXTS = ("reason", "fingerprint", "tenant", "id", "since", "until")


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Letters of a service, or of all, that the filters want."""

    service: str
    """Empty for all."""

    filters: Filters

    @classmethod
    def of(cls, query: Mapping[str, str], now: datetime) -> "Selection":
        """What an address or a form says; what is left blank there is not asked for.

        Raises:
            OperatorError: there is no such service, or a filter that could match nothing.
        """
        service = query.get("type", "").strip()
        given = {name: text.strip() for name in _TEXTS if (text := query.get(name, "")).strip()}
        return cls(
            service=known(service) if service else "", filters=FilterTexts(**given).read(now.replace(microsecond=0))
        )

    @property
    def query(self) -> dict[str, str]:
        """It, as an address says it; times are moments, so that it means the same later."""
        filters = self.filters
        texts = {
            "type": self.service,
            "reason": filters.reason,
            "fingerprint": filters.fingerprint,
            "tenant": filters.tenant,
            "id": filters.id,
            "since": _exactly(filters.since),
            "until": _exactly(filters.until),
        }
        return {name: text for name, text in texts.items() if text}

    @property
    def words(self) -> str:
        """It, as people say it."""
        filters = self.filters
        parts = (
            ("", self.service or "all types"),
            ("reason ", filters.reason),
            ("cause ", filters.fingerprint),
            ("tenant ", filters.tenant),
            ("id ", filters.id),
            ("since ", as_text(filters.since)),
            ("before ", as_text(filters.until)),
        )
        return ", ".join(name + text for name, text in parts if text)

    def __call__(self, found: Found) -> bool:
        """Whether a letter is meant."""
        return self.service in {"", found.service} and self.filters(found.dead_letter)


def _exactly(at: datetime | None) -> str:
    """As it can be read again; to the second, unless somebody gave fractions."""
    return at.isoformat().replace("+00:00", "Z") if at else ""


def of_cause(found: Found) -> dict[str, str]:
    """The address's part for all letters that died of the same as this one."""
    letter = found.dead_letter
    return {
        "type": found.service,
        **({"fingerprint": letter.fingerprint} if letter.fingerprint else {}),
        "reason": letter.reason or "none",
    }
