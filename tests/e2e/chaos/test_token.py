"""The CRM's token is read again when the CRM no longer takes it, from a Secrets Manager in each kind of trouble."""

from http import HTTPStatus

from local.standins.crm.state import CrmFailure
from schemas.reasons import Outcome
from tests.e2e.chaos.activities import recorded
from tests.e2e.chaos.chaos import Chaos
from tests.e2e.chaos.weather import failing, one_after_the_other, under

REFUSED = CrmFailure(HTTPStatus.UNAUTHORIZED, times=1)


def test_get_secret_value(chaos: Chaos) -> None:
    faults = one_after_the_other("secretsmanager", "GetSecretValue", times=2)

    settled = under(chaos, faults, failing(chaos, recorded(chaos, 40), REFUSED))

    assert settled.outcomes[Outcome.SUCCEEDED] == 40
