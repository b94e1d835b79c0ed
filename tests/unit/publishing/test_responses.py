"""A call that AWS did not answer raises NotAwsError, whatever answered in its place."""

from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.stub import Stubber

from publishing import Refused, publish
from publishing.doors import Entry, QueueDoor
from publishing.responses import NotAwsError, check_responses

PAGE = b"<html><body>Sign in to the network</body></html>"
HTML = {"content-type": "text/html; charset=utf-8"}
JSON = {"content-type": "application/x-amz-json-1.0"}
BY_AWS = {"x-amzn-RequestId": "b5a1"}
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("sqs", "get_queue_attributes", {"QueueUrl": "https://sqs.test/q"}),  # JSON
    ("ssm", "get_parameter", {"Name": "n"}),  # JSON 1.1
    ("sts", "get_caller_identity", {}),  # the query protocol: XML
    ("cloudformation", "describe_stacks", {}),
    ("scheduler", "list_schedules", {}),  # REST with JSON
    ("cloudwatch", "describe_alarms", {}),
]
PAGES = {
    "a page": (200, HTML, PAGE),
    "a page with AWS's content type": (200, JSON, PAGE),
    "a page without content type": (200, {}, PAGE),
    "nothing": (200, HTML, b""),
    "no headers": (200, {}, b""),
    "no content": (204, {}, b""),
    "JSON of somebody else": (200, {"content-type": "application/json"}, b'{"Attributes": {}}'),
    "XML of somebody else": (200, {"content-type": "text/xml"}, b"<a><b>c</b></a>"),
    "a redirect to a sign-in page": (302, HTML | {"location": "https://login.test/"}, PAGE),
    "a redirect without a page": (307, {"location": "https://login.test/"}, b""),
    "a page that forbids": (403, HTML, PAGE),
    "not found": (404, HTML, PAGE),
    "network authentication required": (511, HTML, PAGE),
    "a page with AWS's request id": (200, HTML | BY_AWS, PAGE),
    "a page as XML with AWS's request id": (200, {"content-type": "text/xml"} | BY_AWS, b"\n <!DOCTYPE html>" + PAGE),
    "a bad gateway": (502, HTML, PAGE),
    "an unavailable proxy": (503, {}, b""),
}


class _Raw:
    """The body of a response."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, *_: object, **__: object) -> list[bytes]:
        return [self.read()]

    def read(self, _amount: int | None = None) -> bytes:
        body, self.body = self.body, b""
        return body


def _headers(headers: dict[str, str]) -> HTTPHeaders:
    message = HTTPHeaders()
    for name, value in headers.items():
        message[name] = value
    return message


def answer_all(events: Any, status: int, headers: dict[str, str], body: bytes) -> None:
    """Answer every request of a session or a client so."""
    events.register("before-send", lambda request, **_: AWSResponse(request.url, status, _headers(headers), _Raw(body)))


def client(service: str, status: int, headers: dict[str, str], body: bytes) -> Any:
    """Return a client whose every request is answered so."""
    created: Any = boto3.client(
        service,  # type: ignore[call-overload]  # stubs list literal names alone
        region_name="eu-west-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",  # noqa: S106 no secret
        config=Config(retries={"total_max_attempts": 1}),
    )
    answer_all(created.meta.events, status, headers, body)
    check_responses(created.meta.events)
    return created


@pytest.mark.parametrize("answer", PAGES.values(), ids=PAGES.keys())
@pytest.mark.parametrize(("service", "operation", "request_"), CALLS, ids=[each[0] for each in CALLS])
def test_what_is_not_of_aws_is_no_result_and_no_refusal(
    service: str, operation: str, request_: dict[str, Any], answer: tuple[int, dict[str, str], bytes]
) -> None:
    with pytest.raises(NotAwsError, match=f"is not AWS .HTTP status {answer[0]}, "):
        getattr(client(service, *answer), operation)(**request_)


@pytest.mark.parametrize("body", [b'{"Attributes": {"a"', b'{"Attributes"'])
def test_a_result_that_was_cut_off_is_no_empty_one(body: bytes) -> None:
    sqs = client("sqs", 200, JSON | BY_AWS, body)

    with pytest.raises(NotAwsError, match="cut off"):
        sqs.get_queue_attributes(QueueUrl="https://sqs.test/q")


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_an_empty_result_of_aws_is_one(body: bytes) -> None:
    sqs = client("sqs", 200, JSON | BY_AWS, body)

    assert sqs.delete_message(QueueUrl="https://sqs.test/q", ReceiptHandle="r")["ResponseMetadata"]


def test_a_streamed_result_is_left_to_the_caller() -> None:
    function = client("lambda", 200, {"content-type": "application/json"} | BY_AWS, b'{"done": 1}')

    assert function.invoke(FunctionName="f")["Payload"].read() == b'{"done": 1}'


@pytest.mark.parametrize("status", [400, 403, 500, 503])
def test_a_refusal_by_aws_stays_one(status: int) -> None:
    sqs = client("sqs", status, JSON | BY_AWS, b'{"__type": "com.amazonaws.sqs#AccessDenied", "message": "no"}')

    with pytest.raises(ClientError, match="AccessDenied"):
        sqs.get_queue_attributes(QueueUrl="https://sqs.test/q")


def test_a_stub_of_botocore_needs_no_request_id() -> None:
    sqs = client("sqs", 500, {}, b"")
    with Stubber(sqs) as stub:
        stub.add_response("get_queue_attributes", {"Attributes": {}})

        assert sqs.get_queue_attributes(QueueUrl="https://sqs.test/q")["Attributes"] == {}


@pytest.mark.parametrize("answer", PAGES.values(), ids=PAGES.keys())
def test_a_message_that_a_page_answered_may_be_sent_again(answer: tuple[int, dict[str, str], bytes]) -> None:
    door = QueueDoor(client("sqs", *answer), "https://sqs.test/q")

    receipts = publish([Entry(body="{}", type="booking.created", source="taly.ops")], door)

    ((_, refused),) = receipts.refused
    assert isinstance(refused, Refused)
    assert refused.code == "Unanswered"
    assert "is not AWS" in refused.detail


@pytest.mark.parametrize("answer", PAGES.values(), ids=PAGES.keys())
def test_a_door_is_not_found_on_a_page(answer: tuple[int, dict[str, str], bytes]) -> None:
    session = boto3.Session(region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")  # noqa: S106 no secret
    answer_all(session.events, *answer)

    with pytest.raises(BotoCoreError, match="is not AWS"):
        QueueDoor.of_stage("dev", session, config=Config(retries={"total_max_attempts": 1}))
