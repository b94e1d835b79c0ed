"""Reading secrets: a failure is about Secrets Manager or about us, never about the message."""

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from lambdas.common.clients.crm import Crm
from lambdas.common.clients.http.errors import NoConnectionError
from lambdas.common.clients.secrets import read_secret
from lambdas.common.errors import UnavailableError
from schemas.destinations import READ_SECRET
from tests.fakes.crm import FakeCrmHttp, in_turn
from tests.fakes.function import NOW
from tests.fakes.secrets import FakeSecrets
from tests.fakes.service import Fail, failing
from tests.messages import COMPANY

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:crm"


def read(fail: Fail) -> str:
    return read_secret(FakeSecrets(secrets={ARN: "t0ken"}, fail=fail), ARN)


@pytest.mark.parametrize(
    ("code", "to_do"),
    [
        ("AccessDeniedException", "may not call secretsmanager:GetSecretValue"),
        ("ResourceNotFoundException", "store the value there"),
        ("InvalidRequestException", "is being deleted"),
        ("DecryptionFailure", "KMS key"),
    ],
)
def test_unreadable_secret_says_what_to_do(code: str, to_do: str) -> None:
    with pytest.raises(UnavailableError, match=code) as raised:
        read(failing(code))

    assert raised.value.route == READ_SECRET
    assert to_do in raised.value.to_do


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

    assert not raised.value.to_do


@pytest.mark.parametrize(("token", "is_valid"), [("t0ken", True), ("t0ken\n", True), ("", False), ("two words", False)])
def test_only_a_valid_token_shows_that_secrets_work(token: str, *, is_valid: bool) -> None:
    secrets, shown = FakeSecrets(secrets={ARN: token}), list[bool]()
    http: Any = FakeCrmHttp(in_turn(NoConnectionError("ConnectionRefusedError")))
    crm = Crm(
        "https://crm.test",
        http=http,
        read_token=lambda: read_secret(secrets, ARN),
        seconds=lambda: 4,
        now=lambda: NOW,
        has_token=lambda: shown.append(True),
    )

    with pytest.raises(UnavailableError):
        crm.webhooks(COMPANY, "booking.created")

    assert bool(shown) is is_valid
