"""Links to the AWS console: decoded, they give back their parts."""

from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.slack_notifier.cards.console import Console, QueueAddress
from tests.unit.functions.slack_notifier.slack_fakes import NOW, REGION, queue_url

CONSOLE = Console(REGION)
QUERY = 'fields @timestamp, id\n| filter fingerprint = "c83d68dfbef7"\n| limit 1000'


def from_hash(fragment: str) -> str:
    """Decode a URL's fragment as CloudWatch's pages do."""
    return unquote(fragment.replace("$", "%"))


def from_jsurl(text: str) -> Any:
    """Parse the part of JSURL (github.com/Sage/jsurl) that `Console` writes."""
    value, rest = _value(text)
    assert rest == ""
    return value


def _value(text: str) -> tuple[Any, str]:
    if text.startswith("~'"):
        end = min((place for sign in "~)" if (place := text.find(sign, 2)) >= 0), default=len(text))
        return unquote(text[2:end].replace("*", "%")), text[end:]
    assert text.startswith("~(")
    rest = text[2:]
    if rest.startswith("~"):
        members = []
        while not rest.startswith(")"):
            member, rest = _value(rest)
            members.append(member)
        return members, rest[1:]
    fields = {}
    while not rest.startswith(")"):
        name, _, remainder = rest.removeprefix("~").partition("~")
        fields[name], rest = _value(f"~{remainder}")
    return fields, rest[1:]


def test_dashboard_link() -> None:
    assert CONSOLE.dashboard("taly-async-prod") == (
        "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1"
        "#dashboards/dashboard/taly-async-prod"
    )


def test_alarm_link_encodes_slashes() -> None:
    """The console's own links look so: `#alarmsV2:alarm/TargetTracking-service$2Fcluster$2F…`."""
    link = urlsplit(CONSOLE.alarm("taly-async-prod/email.send/dead-letters"))

    assert link.fragment == "alarmsV2:alarm/taly-async-prod$2Femail.send$2Fdead-letters"
    assert from_hash(link.fragment).removeprefix("alarmsV2:alarm/") == "taly-async-prod/email.send/dead-letters"


def test_queue_link_uses_the_queues_region_and_account() -> None:
    link = urlsplit(Console("us-east-1").queue(queue_url("dead-letters")))

    assert link.netloc == "eu-central-1.console.aws.amazon.com"
    assert link.query == "region=eu-central-1"
    assert unquote(link.fragment.removeprefix("/queues/")) == queue_url("dead-letters")
    assert "/" not in link.fragment.removeprefix("/queues/")


def test_emulator_queue_link_uses_the_functions_region() -> None:
    link = urlsplit(CONSOLE.queue("http://127.0.0.1:4566/000000000000/dead-letters"))

    assert link.query == "region=eu-central-1"
    assert unquote(link.fragment.removeprefix("/queues/")) == "http://127.0.0.1:4566/000000000000/dead-letters"


def test_query_link_carries_the_query() -> None:
    begin, end = NOW - timedelta(minutes=15), NOW + timedelta(minutes=15)

    link = urlsplit(CONSOLE.log_lines("/aws/lambda/email-send", QUERY, begin, end))

    assert link.netloc == "eu-central-1.console.aws.amazon.com"
    page, _, detail = from_hash(link.fragment).partition("?queryDetail=")
    assert page == "logsV2:logs-insights"
    assert from_jsurl(unquote(detail)) == {
        "end": "2026-11-24T14:15:00.000Z",
        "start": "2026-11-24T13:45:00.000Z",
        "timeType": "ABSOLUTE",
        "tz": "UTC",
        "editorString": QUERY,
        "source": ["/aws/lambda/email-send"],
    }


def test_query_link_is_encoded_like_the_consoles_own() -> None:
    link = CONSOLE.log_lines("/a", "fields @timestamp\n| limit 1", NOW, NOW)

    assert link.partition("#")[2] == (
        "logsV2:logs-insights$3FqueryDetail$3D$257E$2528end$257E$25272026-11-24T14*3a00*3a00.000Z"
        "$257Estart$257E$25272026-11-24T14*3a00*3a00.000Z$257EtimeType$257E$2527ABSOLUTE$257Etz$257E$2527UTC"
        "$257EeditorString$257E$2527fields*20*40timestamp*0a*7c*20limit*201$257Esource$257E$2528$257E$2527*2fa$2529$2529"
    )


@given(st.text(alphabet=st.characters(codec="ascii"), min_size=1, max_size=60))
def test_any_query_survives_encoding(query: str) -> None:
    fragment = urlsplit(CONSOLE.log_lines("/a", query, NOW, NOW)).fragment

    detail = from_hash(fragment).partition("?queryDetail=")[2]
    assert from_jsurl(unquote(detail))["editorString"] == query


@pytest.mark.parametrize("log_group", ["", "a b", "/aws/lambda/<x>", "a" * 513])
def test_invalid_log_group_has_no_link(log_group: str) -> None:
    assert CONSOLE.log_lines(log_group, QUERY, NOW, NOW) == ""


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
        ("cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("eu-central-1", "eu-central-1.console.aws.amazon.com"),
    ],
)
def test_each_partition_has_its_console_host(region: str, host: str) -> None:
    assert urlsplit(Console(region).dashboard("d")).netloc == host


@pytest.mark.parametrize(
    "url", ["", "https://evil.example/123456789012/q", "https://sqs.x.amazonaws.com.evil.example/123456789012/q"]
)
def test_url_outside_aws_is_no_queue_address(url: str) -> None:
    assert QueueAddress.of(url) is None
