"""The POST to Slack, and the deployed function's dependencies."""

import logging
import subprocess
import sys
from io import BytesIO
from typing import Any

import pytest
from urllib3 import HTTPResponse, Timeout
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProtocolError, ReadTimeoutError

from app import ROOT
from lambdas.slack_notifier.runtime import notifier_runtime
from lambdas.slack_notifier.slack import http_post
from lambdas.slack_notifier.slack.http_post import HttpResponse, NoResponseError, post_by
from tests.unit.functions.slack_notifier.slack_fakes import ALERTS, REGION, SECRET, TOPIC, WEBHOOK

POOL: Any = None


class FakePool:
    """Answers one request, or raises."""

    def __init__(self, outcome: HTTPResponse | Exception) -> None:
        self.outcome = outcome
        self.received: dict[str, Any] = {}

    def request(self, method: str, url: str, **request: Any) -> HTTPResponse:
        self.received = {"method": method, "url": url, **request}
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def response(status: int, body: bytes = b"ok", **headers: str) -> HTTPResponse:
    return HTTPResponse(BytesIO(body), status=status, headers=headers, preload_content=False)


def post(pool: Any) -> HttpResponse:
    return post_by(pool, WEBHOOK, b"{}", 4.5)


def test_json_is_posted_once_without_redirects() -> None:
    pool = FakePool(response(200))

    assert post(pool) == HttpResponse(200, None, "ok")
    timeout = pool.received["timeout"]
    assert (pool.received["method"], pool.received["url"], pool.received["body"]) == ("POST", WEBHOOK, b"{}")
    assert pool.received["headers"]["Content-Type"].startswith("application/json")
    assert pool.received["redirect"] is False
    assert isinstance(timeout, Timeout)
    assert timeout.total == 4.5


def test_slack_response_is_returned() -> None:
    result = post(FakePool(response(429, b"rate_limited", **{"Retry-After": "30"})))

    assert result == HttpResponse(429, "30", "rate_limited")


def test_response_text_is_limited() -> None:
    assert len(post(FakePool(response(500, b"\xff" * 100_000))).text) == 1_000


@pytest.mark.parametrize(
    "error",
    [
        ConnectTimeoutError(f"to {WEBHOOK}"),
        NewConnectionError(POOL, f"to {WEBHOOK}"),
        ReadTimeoutError(POOL, WEBHOOK, "timed out"),
        ProtocolError(WEBHOOK),
    ],
    ids=lambda error: type(error).__name__,
)
def test_network_error_names_its_class_and_not_the_url(error: Exception) -> None:
    with pytest.raises(NoResponseError) as raised:
        post(FakePool(error))

    assert str(raised.value) == type(error).__name__
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_urllib3_does_not_log_the_secret_path() -> None:
    http_post._pool()  # noqa: SLF001 the first post creates the pool

    assert not logging.getLogger("urllib3.connectionpool").isEnabledFor(logging.ERROR)


def test_deployed_runtime_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {
        "STAGE": "prod",
        "ALERTS_QUEUE_URL": ALERTS,
        "SLACK_WEBHOOK_SECRET_ARN": SECRET,
        "EMAIL_TOPIC_ARN": TOPIC,
        "DASHBOARD_NAME": "taly-async-prod",
        "RUNBOOK_URL": "https://runbook",
        "AWS_REGION": REGION,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, REGION)

    runtime = notifier_runtime.__wrapped__()

    assert runtime.environment.alerts_queue_url == ALERTS
    assert runtime.region == REGION
    assert runtime.post is http_post.post
    assert runtime.client("sqs").meta.region_name == REGION
    assert runtime.webhook is runtime.webhook
    assert runtime.now().tzinfo


def test_importing_the_function_imports_no_client() -> None:
    code = "import sys, lambdas.slack_notifier.handler; print(*sys.modules)"

    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert not {"boto3", "botocore", "urllib3", "jinja2"} & set(found.stdout.split())
