"""Reading secrets: a failure is about Secrets Manager or about us, never about the message."""

import pytest
from botocore.exceptions import EndpointConnectionError

from lambdas.common.availability.circuit import Circuits
from lambdas.common.clients.crm import Crm
from lambdas.common.clients.secrets import read_secret
from lambdas.common.errors import UnavailableError
from schemas.destinations import READ_SECRET, Destination
from tests.fakes.function import FunctionHarness
from tests.fakes.secrets import FakeSecrets
from tests.fakes.service import Fail, failing

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:crm"


def read(fail: Fail) -> str:
    return read_secret(FakeSecrets(secrets={ARN: "t0ken"}, fail=fail), ARN)


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("AccessDeniedException", "may not call secretsmanager:GetSecretValue"),
        ("ResourceNotFoundException", "store the value there"),
        ("InvalidRequestException", "is being deleted"),
        ("DecryptionFailure", "KMS key"),
    ],
)
def test_unreadable_secret_says_what_to_do(code: str, remedy: str) -> None:
    with pytest.raises(UnavailableError, match=code) as raised:
        read(failing(code))

    assert raised.value.route == READ_SECRET
    assert remedy in raised.value.remedy


def test_throttled_read_is_not_now() -> None:
    with pytest.raises(UnavailableError) as raised:
        read(failing("ThrottlingException"))

    assert raised.value.throttled


@pytest.mark.parametrize(
    "fail",
    [failing("InternalServiceError"), lambda *_: EndpointConnectionError(endpoint_url="https://secrets.test")],
    ids=["fails", "unreachable"],
)
def test_secrets_manager_that_fails_needs_no_people(fail: Fail) -> None:
    with pytest.raises(UnavailableError) as raised:
        read(fail)

    assert not raised.value.remedy


@pytest.mark.parametrize("token", ["", "two words"])
def test_only_a_valid_token_closes_the_circuit_of_secrets(token: str) -> None:
    harness = FunctionHarness(clients={"secretsmanager": FakeSecrets(secrets={ARN: token})})
    runtime = harness.runtime()
    circuit = runtime.capability(Circuits)[Destination.SECRETS]
    circuit.open(READ_SECRET)
    crm = runtime.capability(Crm)

    with pytest.raises(UnavailableError):
        crm.webhooks("c-1", "booking.created")
    tripped = list(runtime.tripped)
    harness.clients["secretsmanager"].secrets[ARN] = "t0ken"
    with pytest.raises(Exception, match="the CRM cannot be reached"):
        crm.webhooks("c-1", "booking.created")

    assert tripped == [circuit]
    assert runtime.tripped == []
