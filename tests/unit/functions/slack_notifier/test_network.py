"""The POST to Slack, and the deployed function's dependencies."""

import subprocess
import sys
from email.message import Message
from typing import Any

import pytest
from pytest_socket import enable_socket

from app import ROOT
from lambdas.common.clients.http.errors import NoResponseError
from lambdas.common.clients.http.response import HttpResult
from lambdas.slack_notifier.runtime import notifier_runtime
from lambdas.slack_notifier.slack import http_post
from lambdas.slack_notifier.slack.http_post import HttpResponse, post_by
from tests.unit.functions.slack_notifier.slack_fakes import (
    ALERTS,
    CAUSES_TABLE,
    REGION,
    SECRET,
    TABLE,
    TOPIC,
    WEBHOOK,
    queue_url,
)


class FakeClient:
    """Answers one request."""

    def __init__(self, outcome: HttpResult) -> None:
        self.outcome = outcome
        self.received: dict[str, Any] = {}

    def request(self, method: str, url: str, **request: Any) -> HttpResult:
        self.received = {"method": method, "url": url, **request}
        return self.outcome


def response(status: int, body: bytes = b"ok", retry_after: str = "") -> HttpResult:
    headers = Message()
    if retry_after:
        headers["retry-after"] = retry_after
    return HttpResult(status, headers, body)


def post(client: Any) -> HttpResponse:
    return post_by(client, WEBHOOK, b"{}", 4.5)


def test_json_is_posted_within_the_given_time() -> None:
    client = FakeClient(response(200))

    assert post(client) == HttpResponse(200, None, "ok")
    sent = client.received
    assert (sent["method"], sent["url"], sent["body"], sent["seconds"]) == ("POST", WEBHOOK, b"{}", 4.5)
    assert sent["headers"]["Content-Type"].startswith("application/json")


def test_slack_response_is_returned() -> None:
    result = post(FakeClient(response(429, b"rate_limited", "30")))

    assert result == HttpResponse(429, "30", "rate_limited")


def test_response_text_is_limited() -> None:
    assert len(post(FakeClient(response(500, b"\xff" * 1_001))).text) == 1_000


def test_unreachable_slack_is_named_by_the_failures_class() -> None:
    enable_socket()

    with pytest.raises(NoResponseError, match=r"^ConnectionRefusedError$"):
        http_post.post("http://127.0.0.1:1/services/T0/B0/supersecret", b"{}", 2)


def test_deployed_runtime_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {
        "STAGE": "prod",
        "ALERTS_QUEUE_URL": ALERTS,
        "SLACK_WEBHOOK_SECRET_ARN": SECRET,
        "EMAIL_TOPIC_ARN": TOPIC,
        "DASHBOARD_NAME": "taly-async-prod",
        "RUNBOOK_URL": "https://runbook",
        "IDEMPOTENCY_TABLE_NAME": TABLE,
        "CAUSES_TABLE_NAME": CAUSES_TABLE,
        "AWS_REGION": REGION,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, REGION)

    runtime = notifier_runtime.__wrapped__()

    assert runtime.environment.alerts_queue_url == ALERTS
    assert runtime.environment.queue_url("email.send") == queue_url("taly-async-prod-email-send")
    dead_letters = runtime.environment.dead_letter_queue_url("queue_processor")
    assert dead_letters == queue_url("taly-async-prod-ingress-dlq")
    assert runtime.environment.queue_url("queue_processor") == queue_url("taly-async-prod-ingress")
    assert runtime.region == REGION
    assert runtime.post is http_post.post
    assert runtime.client("sqs").meta.region_name == REGION
    assert runtime.webhook is runtime.webhook
    assert runtime.now().tzinfo


def test_importing_the_function_imports_no_client() -> None:
    code = "import sys, lambdas.slack_notifier.handler; print(*sys.modules)"

    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert not {"boto3", "botocore", "http.client", "urllib3", "jinja2"} & set(found.stdout.split())
