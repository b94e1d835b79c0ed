"""Two services that use one id, as services do that number their messages: each message is one of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from local.standins.crm.companies import COMPANIES
from local.traffic import bookings, invitations, reports
from local.traffic.publication import Case, MessageDraft, Publication
from local.traffic.sample_data import SampleData

Tenant = Callable[[str], str]
"""The second message's tenant, by the first one's."""


def same_tenant(company_id: str) -> str:
    """The first one's tenant."""
    return company_id


def another_tenant(company_id: str) -> str:
    """Any other tenant."""
    return next(company.id for company in COMPANIES if company.id != company_id)


@dataclass(frozen=True, slots=True)
class SharedId:
    """Two messages that share an id, and are both done."""

    first: Case
    second: Case
    tenant: Tenant

    def second_of(self, first: Publication) -> Case:
        """The second message's case, in its tenant."""

        def second(sample: SampleData) -> MessageDraft:
            draft = self.second(sample)
            return replace(draft, payload={**draft.payload, "companyId": self.tenant(first.company_id)})

        return second


SHARED_IDS: Sequence[SharedId] = (
    SharedId(bookings.confirmed, bookings.confirmed, another_tenant),
    SharedId(bookings.confirmed, bookings.confirmed, same_tenant),
    SharedId(bookings.confirmed, invitations.by_name, same_tenant),
    SharedId(reports.regenerate, reports.regenerate, another_tenant),
)
"""By reactions and by jobs. Of two different jobs of one type and tenant, `reused_id` makes the second a conflict."""
