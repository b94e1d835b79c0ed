"""The CRM token is read again after the CRM refuses it, while Secrets Manager fails in each way."""

from http import HTTPStatus

from local.standins.crm.state import CrmFailure
from schemas.reasons import Outcome
from tests.e2e.chaos.activities import activity_jobs
from tests.e2e.chaos.chaos import Chaos
from tests.e2e.chaos.fault_kinds import in_sequence, settle_during, with_failing_crm

REFUSED = CrmFailure(HTTPStatus.UNAUTHORIZED, times=1)


def test_get_secret_value(chaos: Chaos) -> None:
    faults = in_sequence("secretsmanager", "GetSecretValue", times=2)

    settled = settle_during(chaos, faults, with_failing_crm(chaos, activity_jobs(chaos, 40), REFUSED))

    assert settled.outcomes[Outcome.SUCCEEDED] == 40
