"""Handler of `webhook.endpoint_disabled`."""

from datetime import UTC, datetime

from lambdas.webhook_endpoint_disabled.handler import handler
from schemas.message import Message
from schemas.reasons import Outcome
from schemas.webhooks import WebhookEndpointDisabled
from tests.fakes.crm import FakeCrmHttp, answer, connect
from tests.fakes.function import FakeContext, FunctionHarness, sqs_event
from tests.messages import disabled_endpoint, text


class FakeCrm:
    def __init__(self) -> None:
        self.disabled: list[tuple[WebhookEndpointDisabled, datetime, str]] = []

    def disable_endpoint(
        self, endpoint: WebhookEndpointDisabled, *, disabled_at: datetime, idempotency_key: str
    ) -> None:
        self.disabled.append((endpoint, disabled_at, idempotency_key))


def test_endpoint_is_disabled_as_of_the_messages_time_with_its_key() -> None:
    crm = FakeCrm()
    disabled = Message[WebhookEndpointDisabled].model_validate_json(text(disabled_endpoint(gone=True)))

    handler.decide(disabled, crm=crm)

    decided_at = datetime(2026, 4, 14, 14, tzinfo=UTC)
    assert crm.disabled == [(disabled.payload, decided_at, disabled.idempotency_key)]


def test_endpoint_that_the_crm_does_not_know_is_skipped(harness: FunctionHarness) -> None:
    connect(harness, FakeCrmHttp(lambda _method, _url: answer(404, {"error": "not_found"})))

    handler.process(sqs_event(text(disabled_endpoint())), FakeContext(), harness.runtime())

    assert harness.outcomes == [Outcome.SKIPPED]
    assert harness.copies == []
