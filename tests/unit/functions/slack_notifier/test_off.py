"""While Slack is off: one mail with all cards of dead letters, and nothing is lost on the way back to Slack."""

import json
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
    Scene,
    alarm,
    dead_lettered,
)


@pytest.fixture
def scene() -> Scene:
    return Scene(secret=OFF)


def test_dead_letters_are_told_by_one_mail(scene: Scene) -> None:
    scene.send(
        *[dead_lettered(number, at=NOW + timedelta(seconds=number)) for number in range(3)],
        dead_lettered(9, service="queue_processor", subject="booking.created", reason="unknown_type"),
        "ada@example.com",
    )

    scene.run()

    (mail,) = scene.sns.published
    assert mail["Subject"].startswith("[prod] 3 dead letters of email.send, attempts exhausted. 3 tenants")
    assert mail["Subject"].endswith(" (and 2 more)")
    text = mail["Message"]
    assert "    python -m ops redrive email.send --fingerprint c83d68dfbef7 --stage prod" in text
    assert "    RetryableError: SES did not answer in 3 seconds" in text
    assert "First:       2026-11-24 14:00:00 UTC" in text
    assert "Last:        2026-11-24 14:00:02 UTC" in text
    assert f"Runbook: {RUNBOOK}#dead-letters" in text
    assert "Log lines: https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#" in text
    assert "1 message of booking.created refused, unknown type" in text
    assert "1 alert could not be read" in text
    assert "ada@" not in text
    assert scene.slack.asked == []
    assert scene.waiting == []


def test_alarms_are_not_repeated_as_their_topic_mails_them_itself(scene: Scene) -> None:
    scene.send(alarm(), alarm(state="OK"))

    scene.run()

    assert scene.sns.published == []
    assert scene.waiting == []


def test_every_run_says_that_slack_is_off_and_what_to_do(scene: Scene) -> None:
    scene.run()
    scene.run()

    lines = [line for line in scene.lines if line["level"] == "WARNING"]
    assert len(lines) == 2
    assert lines[0]["message"].startswith(
        f"Slack is off: the secret {SECRET} holds no incoming webhook's URL. Store one"
    )


def test_a_mailed_line_says_what_was_told(scene: Scene) -> None:
    scene.send(dead_lettered(7))

    scene.run()

    (line,) = scene.said("mailed")
    assert (line["card"], line["fingerprints"], line["ids"]) == ("dead_letters", ["c83d68dfbef7"], ["message-7"])
    assert scene.said("posted") == []


def test_the_url_takes_effect_without_a_deploy(scene: Scene) -> None:
    scene.run()
    scene.secrets.secrets[SECRET] = WEBHOOK
    scene.send(dead_lettered())

    scene.run()

    assert len(scene.slack.posted) == 1
    assert scene.sns.published == []


def test_a_url_that_is_taken_away_turns_slack_off_and_loses_nothing(scene: Scene) -> None:
    scene.secrets.secrets[SECRET] = WEBHOOK
    scene.run()
    scene.secrets.secrets[SECRET] = OFF
    scene.slack.urls = set()
    scene.send(dead_lettered())

    scene.run()
    left = len(scene.waiting)
    scene.run()

    assert left == 1
    assert len(scene.sns.published) == 1
    assert scene.waiting == []


def test_a_mail_that_sns_does_not_take_is_an_error_of_the_function_and_loses_nothing(scene: Scene) -> None:
    scene.send(dead_lettered(), alarm())
    scene.sns.fail = failing("InternalError")

    with pytest.raises(ClientError):
        scene.run()

    assert len(scene.waiting) == 2
    assert scene.said("drained")[0]["left"] == 2


def test_a_storm_is_one_mail(scene: Scene) -> None:
    odd = "\u202e" * 50
    scene.send(
        *[dead_lettered(n, fingerprint=f"{n:012x}", subject=odd, service=odd, error=odd) for n in range(600)],
        *["{}"] * 600,
    )

    scene.run()

    (mail,) = scene.sns.published
    assert "… and 546 more" in mail["Message"]
    assert "… and 550 more" in mail["Message"]
    assert json.dumps(mail["Message"]).isascii()


@pytest.mark.parametrize(
    "text",
    [
        "https://hooks.slack.com/services/T0/B0/x",
        "https://hooks.slack-gov.com/services/T0/B0/x",
        "  https://hooks.slack.com/services/T0/B0/x\n",
    ],
)
def test_slack_is_on(text: str) -> None:
    assert Webhook(lambda: text, may_be_local=False).url() == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "",
        OFF,
        "http://hooks.slack.com/services/T0/B0/x",
        "https://hooks.slack.com",
        "https://hooks.slack.com/services/T0 B0",
        "https://hooks.slack.com@evil.example/x",
        "https://hooks.slack.com:evil@evil.example/x",
        "https://hooks.slack.com.evil.example/x",
        "https://evil.example/hooks.slack.com/x",
        "https://hooks.slack.com\\@evil.example/x",
        "http://127.0.0.1:8000/services/x",
        "http://localhost/x",
    ],
)
def test_slack_is_off(text: str) -> None:
    assert Webhook(lambda: text, may_be_local=False).url() == ""


@pytest.mark.parametrize(
    ("text", "is_one"),
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
def test_a_stand_in_is_on_this_machine_alone(text: str, *, is_one: bool) -> None:
    assert bool(Webhook(lambda: text, may_be_local=True).url()) is is_one


def test_a_stand_in_is_told() -> None:
    scene = Scene(secret="http://127.0.0.1:8000/services/x", local="1")  # noqa: S106 no secret
    scene.slack.urls = {"http://127.0.0.1:8000/services/x"}
    scene.send(dead_lettered())

    scene.run()

    assert len(scene.slack.posted) == 1
