"""While Slack is off: all dead-letter cards go out in one email, and no alert is lost when Slack is on again."""

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from lambdas.slack_notifier.slack.webhook import Webhook
from tests.fakes.service import failing
from tests.unit.functions.slack_notifier.slack_fakes import (
    NOW,
    OFF,
    RUNBOOK,
    SECRET,
    WEBHOOK,
    NotifierHarness,
    alarm,
    dead_lettered,
)


@pytest.fixture
def harness() -> NotifierHarness:
    return NotifierHarness(secret=OFF)


def test_dead_letters_are_sent_in_one_email(harness: NotifierHarness) -> None:
    harness.send(
        *[dead_lettered(number, at=NOW + timedelta(seconds=number)) for number in range(3)],
        dead_lettered(9, service="queue_processor", subject="booking.created", reason="unknown_type"),
        "ada@example.com",
    )

    harness.run()

    (mail,) = harness.sns.published
    assert mail["Subject"].startswith("[prod] new: 3 dead letters of email.send, attempts exhausted. 3 tenants")
    assert mail["Subject"].endswith(" (and 2 more)")
    text = mail["Message"]
    assert "    taly-async redrive email.send --cause c83d68dfbef7 --stage prod" in text
    assert "    RetryableError: SES did not answer in 3 seconds" in text
    assert "First:       2026-11-24 14:00:00 UTC" in text
    assert "Last:        2026-11-24 14:00:02 UTC" in text
    assert f"Runbook: {RUNBOOK}#dead-letters" in text
    assert "Log lines: https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#" in text
    assert "1 message of booking.created refused, unknown type" in text
    assert "1 alert could not be read" in text
    assert "ada@" not in text
    assert harness.slack.requests == []
    assert harness.waiting == []


def test_alarms_are_left_out_because_their_topic_sends_email(harness: NotifierHarness) -> None:
    harness.send(alarm(), alarm(state="OK"))

    harness.run()

    assert harness.sns.published == []
    assert harness.waiting == []


def test_every_run_logs_that_slack_is_off(harness: NotifierHarness) -> None:
    harness.run()
    harness.run()

    lines = [line for line in harness.lines if line["level"] == "WARNING"]
    assert len(lines) == 2
    assert lines[0]["message"].startswith(
        f"Slack is off: the secret {SECRET} holds no incoming webhook's URL. Create an incoming webhook"
    )


@pytest.mark.parametrize("path", ["triggers/T0/123/supersecret", "workflows/T0/A0/123/supersecret"])
def test_workflow_url_is_named_and_alerts_are_emailed(path: str) -> None:
    harness = NotifierHarness(secret=f"https://hooks.slack.com/{path}")
    harness.send(dead_lettered())

    harness.run()

    (warning,) = [line["message"] for line in harness.lines if line["level"] == "WARNING"]
    assert "the URL that starts a workflow" in warning
    assert "Create an incoming webhook" in warning
    assert "supersecret" not in "".join(harness.log)
    assert len(harness.sns.published) == 1
    assert harness.slack.requests == []


def test_mailed_log_line_names_the_card(harness: NotifierHarness) -> None:
    harness.send(dead_lettered(7))

    harness.run()

    (line,) = harness.logged("mailed")
    assert (line["card"], line["fingerprints"], line["ids"]) == ("dead_letters", ["c83d68dfbef7"], ["message-7"])
    assert harness.logged("posted") == []


def test_stored_url_takes_effect_without_deployment(harness: NotifierHarness) -> None:
    harness.run()
    harness.secrets.secrets[SECRET] = WEBHOOK
    harness.send(dead_lettered())

    harness.run()

    assert len(harness.slack.posted) == 1
    assert harness.sns.published == []


def test_removed_url_turns_slack_off_without_losing_alerts(harness: NotifierHarness) -> None:
    harness.secrets.secrets[SECRET] = WEBHOOK
    harness.run()
    harness.secrets.secrets[SECRET] = OFF
    harness.slack.urls = set()
    harness.send(dead_lettered())

    harness.run()
    left = len(harness.waiting)
    harness.run()

    assert left == 1
    assert len(harness.sns.published) == 1
    assert harness.waiting == []


def test_sns_error_fails_the_run_without_losing_alerts(harness: NotifierHarness) -> None:
    harness.send(dead_lettered(), alarm())
    harness.sns.fail = failing("InternalError")

    with pytest.raises(ClientError):
        harness.run()

    assert len(harness.waiting) == 2
    assert harness.logged("drained")[0]["left"] == 2


def test_storm_is_a_few_emails_that_name_every_cause(harness: NotifierHarness) -> None:
    odd = "\u202e" * 50
    harness.send(
        *[dead_lettered(n, fingerprint=f"{n:012x}", subject=odd, service=odd, error=odd) for n in range(600)],
        *["{}"] * 600,
    )

    for _ in range(2):
        harness.run()

    texts = [mail["Message"] for mail in harness.sns.published]
    assert len(texts) == 2
    assert all(len(text.encode()) < 250_000 for text in texts)
    assert sum(f"{n:012x}" in "".join(texts) for n in range(600)) == 600
    assert "600 alerts could not be read" in texts[0]
    assert "and 595 more: type: is missing" in texts[0]
    assert harness.waiting == []


def test_cards_beyond_the_size_of_one_email_go_in_another(harness: NotifierHarness) -> None:
    long = "\u20ac" * 1_000
    harness.send(*[f"{number} {long}" for number in range(200)])
    harness.send(*[dead_lettered(n, fingerprint=f"{n:012x}", subject=long[:128], error=long[:200]) for n in range(400)])

    harness.run()

    sizes = [len(mail["Message"].encode()) for mail in harness.sns.published]
    assert len(sizes) > 1
    assert max(sizes) < 262_144


@pytest.mark.parametrize(
    "text",
    [
        "https://hooks.slack.com/services/T0/B0/x",
        "https://hooks.slack-gov.com/services/T0/B0/x",
        "  https://hooks.slack.com/services/T0/B0/x\n",
        "\ufeffhttps://hooks.slack.com/services/T0/B0/x\u200b\u00a0\r\n",
    ],
)
def test_webhook_url_turns_slack_on(text: str) -> None:
    assert Webhook(lambda: text, allow_local=False).url() == text.strip(" \r\n\ufeff\u200b\u00a0")


@pytest.mark.parametrize("host", ["hooks.slack.com", "hooks.slack-gov.com"])
def test_scheme_and_host_know_no_case(host: str) -> None:
    webhook = Webhook(lambda: f"HTTPS://{host.title()}/services/T0/B0/xY", allow_local=False)

    assert webhook.url() == f"https://{host}/services/T0/B0/xY"


@pytest.mark.parametrize(
    "text",
    [
        "",
        OFF,
        "http://hooks.slack.com/services/T0/B0/x",
        "https://hooks.slack.com",
        "https://hooks.slack.com/services/T0 B0",
        "https://hooks.slack.com/Services/T0/B0/x",
        "https://hooks.slack.com/triggers/T0/123/x",
        "HTTPS://HOOKS.SLACK.COM/workflows/T0/A0/123/x",
        "https://hooks.slack-gov.com/workflows/T0/A0/123/x",
        "https://hooks.slack.com/commands/T0/123/x",
        "https://hooks.slack.com/x/services/T0/B0/x",
        "https://hooks.slack.com@evil.example/x",
        "https://hooks.slack.com:evil@evil.example/x",
        "https://hooks.slack.com.evil.example/x",
        "https://evil.example/hooks.slack.com/x",
        "https://hooks.slack.com\\@evil.example/x",
        "http://127.0.0.1:8000/services/x",
        "http://localhost/x",
    ],
)
def test_other_secret_text_turns_slack_off(text: str) -> None:
    assert Webhook(lambda: text, allow_local=False).url() == ""


@pytest.mark.parametrize(
    ("text", "is_accepted"),
    [
        ("http://127.0.0.1:8000/services/x", True),
        ("http://localhost:8000/", True),
        ("http://[::1]:8000/x", True),
        ("https://hooks.slack.com/services/T0/B0/x", True),
        ("http://127.0.0.1@evil.example/x", False),
        ("http://127.0.0.1.evil.example/x", False),
        ("http://10.0.0.1/x", False),
        (OFF, False),
    ],
)
def test_stand_in_url_must_be_loopback(text: str, *, is_accepted: bool) -> None:
    assert bool(Webhook(lambda: text, allow_local=True).url()) is is_accepted


def test_card_is_posted_to_a_stand_in() -> None:
    harness = NotifierHarness(secret="http://127.0.0.1:8000/services/x", local="1")  # noqa: S106 no secret
    harness.slack.urls = {"http://127.0.0.1:8000/services/x"}
    harness.send(dead_lettered())

    harness.run()

    assert len(harness.slack.posted) == 1
