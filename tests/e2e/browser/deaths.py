"""Messages that die of what the CRM answers, until it is mended."""

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

GONE = CrmFailure(HTTPStatus.GONE)

SUMMARY = "Massage with Mr. Smith"
"""Of an activity: a person's data."""


@dataclass(frozen=True)
class Deaths:
    """What lies in dead-letter queues at the end of these is known to the console."""

    scene: Scene
    desk: ConsoleContext

    def of_activities(self, company: str, number: int = 1) -> list[str]:
        """Activities that are not recorded; gives the ids of the jobs."""

        def tell() -> AcceptedPublication:
            return self.scene.record_activity(str(uuid4()), company, payload={"summary": SUMMARY})

        return self._die(ACTIVITY_RECORD, company, [tell] * number)

    def of_reports(self, company: str, number: int = 1) -> list[str]:
        """Reports that are not made; likewise."""

        def tell() -> AcceptedPublication:
            report = str(uuid4())
            payload = {"companyId": company, "reportId": report}
            return self.scene.publish_message(REPORT_GENERATE, payload, subject=report)

        return self._die(REPORT_GENERATE, company, [tell] * number)

    def mend(self, company: str) -> None:
        """Let the CRM answer well from now on."""
        self.scene.stage.crm.state.fail(company, CrmFailure(times=0))

    def seen(self, *ids: str) -> None:
        """Wait until the console has looked and knows letters, by their message ids or SQS's."""
        self.desk.board.look_again()
        self.desk.asked(at_once=True)
        self.scene.eventually(lambda: self.known().issuperset(ids), what=f"the console to know {', '.join(ids)}")

    def known(self) -> set[str]:
        """The ids of all letters that the console knows, and SQS's."""
        letters = [each.dead_letter for each in self.desk.board.seen.found]
        return {an_id for letter in letters for an_id in (letter.id, letter.sqs_message_id)}

    def _die(self, type_: EventType[Any], company: str, tell: Sequence[Callable[[], AcceptedPublication]]) -> list[str]:
        self.scene.stage.crm.state.fail(company, GONE)
        jobs = [each().id for each in tell]
        for job in jobs:
            self.scene.outcome_at(job, type_.name)
        self.seen(*jobs)
        return jobs
