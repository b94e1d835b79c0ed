"""The stand-in CRM's webhook endpoints: which company subscribed them to which event, and which are disabled."""

from collections.abc import Callable, Iterable
from datetime import datetime
from threading import Lock

from schemas.crm import CompanyWebhooks, WebhookEndpoint
from schemas.crm_answers import CrmError


class Subscriptions:
    """Webhook endpoints, safe for the server's threads. An id is unique within its company."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Know no endpoint yet. `now` is the clock of `enabledAt`."""
        self._now = now
        self._lock = Lock()
        self._subscribed: dict[tuple[str, str], dict[str, WebhookEndpoint]] = {}
        self._disabled: set[tuple[str, str]] = set()
        self._enabled_at: dict[tuple[str, str], datetime] = {}

    def subscribe(self, company_id: str, event: str, endpoints: Iterable[WebhookEndpoint]) -> None:
        """Add endpoints of a company for a type of event."""
        with self._lock:
            self._subscribed.setdefault((company_id, event), {}).update({each.id: each for each in endpoints})

    def unsubscribe(self, company_id: str, event: str, endpoint_id: str | None = None) -> None:
        """Remove one endpoint of a company for a type of event; None removes all of them."""
        with self._lock:
            if endpoint_id is None:
                self._subscribed.pop((company_id, event), None)
            else:
                self._subscribed.get((company_id, event), {}).pop(endpoint_id, None)

    def webhooks(self, company_id: str, event: str) -> CompanyWebhooks:
        """Return the company's endpoints for a type of event, without disabled ones."""
        with self._lock:
            found = self._subscribed.get((company_id, event), {}).values()
            listed = [each for each in found if (company_id, each.id) not in self._disabled]
            return CompanyWebhooks(endpoints=tuple(self._with_enabled_at(company_id, each) for each in listed))

    def refusal(self, company_id: str, endpoint_id: str, disabled_at: datetime) -> CrmError | None:
        """Return why an endpoint is not disabled; None: it is.

        Args:
            company_id: the endpoint's company.
            endpoint_id: the endpoint.
            disabled_at: when that was decided; an endpoint that somebody enabled later stays enabled.
        """
        key = company_id, endpoint_id
        with self._lock:
            if not self._is_known(*key):
                return CrmError.NOT_FOUND
            enabled_at = self._enabled_at.get(key)
            is_stale = enabled_at is not None and enabled_at > disabled_at
            return CrmError.ALREADY_DONE if key in self._disabled or is_stale else None

    def disable(self, company_id: str, endpoint_id: str) -> None:
        """Disable an endpoint for all types of event."""
        with self._lock:
            self._disabled.add((company_id, endpoint_id))

    def enable(self, company_id: str, endpoint_id: str) -> bool:
        """Enable an endpoint, as an admin does in the CRM. Return whether there is such an endpoint."""
        with self._lock:
            if not self._is_known(company_id, endpoint_id):
                return False
            self._disabled.discard((company_id, endpoint_id))
            self._enabled_at[company_id, endpoint_id] = self._now()
            return True

    def _is_known(self, company_id: str, endpoint_id: str) -> bool:
        return any(
            company == company_id and endpoint_id in endpoints for (company, _), endpoints in self._subscribed.items()
        )

    def _with_enabled_at(self, company_id: str, endpoint: WebhookEndpoint) -> WebhookEndpoint:
        enabled_at = self._enabled_at.get((company_id, endpoint.id))
        return endpoint.model_copy(update={"enabled_at": enabled_at}) if enabled_at else endpoint
