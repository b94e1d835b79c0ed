"""Messages that fail on responses of the CRM stand-in, until it is repaired."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from local.standins.crm.state import CrmFailure
from local.traffic.publish import AcceptedPublication
from ops.console.context import ConsoleContext
from schemas.activities import ACTIVITY_RECORD
from schemas.event_type import EventType
from schemas.reports import REPORT_GENERATE
from tests.e2e.scene import Scene

REFUSED = CrmFailure(HTTPStatus.UNPROCESSABLE_ENTITY)

SUMMARY = "Massage with Mr. Smith"
"""Personal data in an activity."""


@dataclass(frozen=True)
class FailingMessages:
    """Publishes messages, and waits until the console knows their dead letters."""

    scene: Scene
    console: ConsoleContext

    def of_activities(self, company: str, number: int = 1) -> list[str]:
        """Publish activities that fail; return the ids of their jobs."""

        def publish() -> AcceptedPublication:
            return self.scene.record_activity(str(uuid4()), company, payload={"summary": SUMMARY})

        return self._fail(ACTIVITY_RECORD, company, [publish] * number)

    def of_reports(self, company: str, number: int = 1) -> list[str]:
        """Publish reports that fail; return the ids of their jobs."""

        def publish() -> AcceptedPublication:
            report = str(uuid4())
            return self.scene.publish_message(
                REPORT_GENERATE, {"companyId": company, "reportId": report}, subject=report
            )

        return self._fail(REPORT_GENERATE, company, [publish] * number)

    def repair(self, company: str) -> None:
        """Let the CRM stand-in succeed for a tenant from now on."""
        self.scene.stage.crm.state.fail(company, CrmFailure(times=0))

    def wait_until_known(self, *ids: str) -> None:
        """Wait until the console knows dead letters, by message id or SQS message id."""
        self.console.cache.request_refresh()
        self.console.page_requested(at_once=True)
        self.scene.eventually(lambda: self.known().issuperset(ids), what=f"the console to know {', '.join(ids)}")

    def known(self) -> set[str]:
        """Message ids and SQS message ids of all dead letters that the console knows."""
        dead_letters = [each.dead_letter for each in self.console.cache.snapshot.found]
        return {an_id for dead_letter in dead_letters for an_id in (dead_letter.id, dead_letter.sqs_message_id)}

    def _fail(
        self, type_: EventType[Any], company: str, publications: Sequence[Callable[[], AcceptedPublication]]
    ) -> list[str]:
        self.scene.stage.crm.state.fail(company, REFUSED)
        jobs = [publish().id for publish in publications]
        for job in jobs:
            self.scene.outcome_at(job, type_.name)
        self.wait_until_known(*jobs)
        return jobs
