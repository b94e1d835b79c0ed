"""Stage settings: read from cdk.json, overridden by `-c`, and refused with an error message."""

import os
import subprocess
import sys
from datetime import timedelta
from email.header import decode_header, make_header
from email.utils import parseaddr
from typing import Any

import pytest
from pydantic import ValidationError

from app import ROOT
from schemas.event_type import Thresholds
from schemas.names import STAGES
from stacks.errors import CannotSynthesizeError
from stacks.stage import AlarmThresholds, Producer, Stage
from tests.infrastructure.deployment import CONTEXT


def stage(**settings: str) -> Stage:
    """Read a stage with settings as text, as given by `-c setting=value`."""
    return Stage.from_context({**CONTEXT, **settings})


@pytest.mark.parametrize("name", STAGES)
def test_cdk_json_has_every_stage(name: str) -> None:
    assert stage(stage=name).name == name


def test_a_missing_stage_is_an_error_that_lists_the_stages() -> None:
    with pytest.raises(CannotSynthesizeError, match="no stage is named: give one of local, dev, staging, prod"):
        stage()


def test_an_unknown_stage_is_named_in_the_error() -> None:
    with pytest.raises(CannotSynthesizeError, match="there is no stage 'production': give one of local, dev"):
        stage(stage="production")


def test_a_setting_on_the_command_line_overrides_cdk_json() -> None:
    assert stage(stage="dev", log_retention_days="30").log_retention_days == 30


def test_an_override_leaves_the_other_settings_alone() -> None:
    overridden = stage(stage="dev", timeout_cap="7")

    assert overridden == stage(stage="dev").model_copy(update={"timeout_cap": 7})


def test_producers_are_separated_by_commas() -> None:
    given = "taly.backend=111122223333, taly.crm=arn:aws:iam::444455556666:role/backend, taly.crm=o-a1b2c3d4e5"

    assert stage(stage="dev", producers=given).producers == (
        Producer(source="taly.backend", principal="111122223333"),
        Producer(source="taly.crm", principal="arn:aws:iam::444455556666:role/backend"),
        Producer(source="taly.crm", principal="o-a1b2c3d4e5"),
    )


def test_durations_are_iso_8601_separated_by_commas() -> None:
    given = stage(stage="dev", reminder_leads="PT48H, PT90M", dunning="P1D")

    assert given.reminder_leads == (timedelta(hours=48), timedelta(minutes=90))
    assert given.dunning == (timedelta(days=1),)


def test_a_stage_may_have_no_payment_retries() -> None:
    assert stage(stage="dev", dunning="").dunning == ()


@pytest.mark.parametrize(
    ("leads", "sentence"),
    [
        ("a day", 'must be an ISO 8601 duration, such as PT24H, found "a day"'),
        ("PT1M", "must be greater than or equal to 2 minutes"),
        ("-PT2H", "must be greater than or equal to 2 minutes"),
        ("PT2M30S", "must be whole minutes, such as PT90M"),
        ("PT1H,PT60M", "must not have the same one twice"),
    ],
)
def test_an_invalid_duration_is_refused_in_a_sentence(leads: str, sentence: str) -> None:
    with pytest.raises(CannotSynthesizeError, match=sentence):
        stage(stage="dev", reminder_leads=leads)


def test_a_cap_can_be_removed() -> None:
    assert stage(stage="local", timeout_cap="null").timeout_cap is None


def test_a_cap_limits_only_larger_values() -> None:
    capped = stage(stage="dev", timeout_cap="20", concurrency_cap="5")

    assert (capped.timeout(30), capped.timeout(10)) == (20, 10)
    assert (capped.concurrency(50), capped.concurrency(2)) == (5, 2)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("archive_retention_days", "31"),
        ("log_retention_days", "8"),
        ("crm_base_url", "crm.taly.dev"),
        ("crm_base_url", "http://crm.taly.dev"),
        ("mail_sender", "Taly"),
        ("mail_rate", "0"),
        ("mail_rate", "-14"),
        ("text_rate", "20/s"),
        ("text_budget", "0"),
        ("text_budget", "$100"),
        ("text_rate", "inf"),
        ("crm_rate", "nan"),
        ("crm_rate", "10001"),
        ("producers", "everyone"),
        ("producers", "111122223333"),
        ("producers", "taly.backend=everyone"),
        ("producers", "taly.backend=*"),
        ("producers", "taly.backend=arn:aws:iam::*:role/backend"),
        ("producers", "taly.backend=arn:aws:iam::111122223333:role/*"),
        ("producers", "=111122223333"),
        ("producers", "aws.events=111122223333"),
        ("producers", "taly.queue-processor=111122223333"),
        ("alert_email", "infra"),
        ("slack_channel", "taly-async-ops"),
        ("runbook_url", "http://taly.dev/runbook"),
        ("runbook_url", "https://taly.dev/runbook#top"),
        ("alarm_oldest", "59"),
        ("alarm_depth", "0"),
        ("alarm_failing", "1.1"),
        ("alarm_minimum_attempts", "0"),
        ("timeout_cap", "0"),
        ("concurrency_cap", "1"),
        ("backoff_cap", "0"),
        ("account", "12"),
        ("retain", "perhaps"),
    ],
)
def test_an_invalid_setting_is_named_with_its_stage(setting: str, value: str) -> None:
    with pytest.raises(CannotSynthesizeError, match=rf"^stage prod is set wrongly, in cdk\.json .*: {setting}\b"):
        stage(stage="prod", **{setting: value})


@pytest.mark.parametrize(
    ("rate", "sentence"),
    [
        ("0", 'mail_rate: must be greater than 0, found "0"'),
        ("fast", 'mail_rate: must be a valid number, .*found "fast"'),
        ("20000", 'mail_rate: must be less than or equal to 10000, found "20000"'),
    ],
)
def test_a_rate_that_is_none_is_refused_in_a_sentence(rate: str, sentence: str) -> None:
    with pytest.raises(CannotSynthesizeError, match=sentence):
        stage(stage="dev", mail_rate=rate)


def test_an_unknown_setting_is_an_error_that_lists_the_settings() -> None:
    with pytest.raises(CannotSynthesizeError, match=r"no setting 'crm_url': a stage has .*crm_base_url"):
        stage(stage="prod", crm_url="https://crm.taly.dev")


def test_a_missing_setting_is_named() -> None:
    incomplete: dict[str, Any] = {"stages": {"dev": {}}, "stage": "dev"}

    with pytest.raises(CannotSynthesizeError, match="crm_base_url: is missing"):
        Stage.from_context(incomplete)


def test_a_types_thresholds_override_its_stages() -> None:
    of_stage = stage(stage="dev", alarm_oldest="600", alarm_depth="70", alarm_failing="0.5", alarm_minimum_attempts="9")

    assert of_stage.thresholds(Thresholds()) == AlarmThresholds(oldest=600, depth=70, failing=0.5, minimum_attempts=9)
    assert of_stage.thresholds(Thresholds(oldest=90, failing=0.1, minimum_attempts=5)) == AlarmThresholds(
        oldest=90, depth=70, failing=0.1, minimum_attempts=5
    )


def test_the_senders_address_is_without_its_name() -> None:
    assert stage(stage="dev", mail_sender="Taly <no-reply@mail.taly.dev>").mail_address == "no-reply@mail.taly.dev"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Taly <no-reply@mail.taly.dev>", "Taly"),
        ("no-reply@mail.taly.dev", ""),
        (" <no-reply@mail.taly.dev> ", ""),
        ("Café Taly <no-reply@mail.taly.dev>", "Café Taly"),
        ('"Taly, Inc." <no-reply@mail.taly.dev>', "Taly, Inc."),
        ("Taly, Inc. (EU) <no-reply@mail.taly.dev>", "Taly, Inc. (EU)"),
        ('Taly "the best" <no-reply@mail.taly.dev>', 'Taly "the best"'),
        ("理容室ゾエ " * 12 + "<no-reply@mail.taly.dev>", ("理容室ゾエ " * 12).strip()),
        ("טלי 💇 <no-reply@mail.taly.dev>", "טלי 💇"),
    ],
)
def test_a_senders_name_is_quoted_or_encoded_for_ses(given: str, name: str) -> None:
    sender = stage(stage="dev", mail_sender=given).mail_sender

    assert sender.isascii()
    assert sender.isprintable()
    assert all(len(word) <= 75 for word in sender.split() if word.startswith("=?"))
    encoded, address = parseaddr(sender)
    assert (str(make_header(decode_header(encoded))), address) == (name, "no-reply@mail.taly.dev")
    assert stage(stage="dev", mail_sender=sender).mail_address == "no-reply@mail.taly.dev"


@pytest.mark.parametrize(
    ("sender", "sentence"),
    [
        ("Taly", "must be a From header"),
        ("", "must be a From header"),
        ("<>", "must be a From header"),
        ("Taly <no-reply>", "the address is one in ASCII"),
        ("Taly <no-reply@café.example>", "in Punycode"),
        ("Taly <zoë@mail.taly.dev>", "the address is one in ASCII"),
        ("a@mail.taly.dev, b@mail.taly.dev", "the address is one in ASCII"),
        ("Taly <a@mail.taly.dev> <b@mail.taly.dev>", "must be a From header"),
        ("Taly <a@mail.taly.dev> and more", "must be a From header"),
        ("Taly\r\nBcc: all@example.com <a@mail.taly.dev>", "no control"),
        ("Ta\x00ly <a@mail.taly.dev>", "no control"),
        ("Ta\u202ely <a@mail.taly.dev>", "no control"),
        ("Ta\u2028ly <a@mail.taly.dev>", "no control"),
        ("Ta\u200bly <a@mail.taly.dev>", "no control"),
        (f"{'Taly' * 250} <a@mail.taly.dev>", "has 1,018 characters as a header, and may have 992: shorten the name"),
        (f"{'Café ' * 120} <a@mail.taly.dev>", "as a header, and may have 992"),
    ],
)
def test_a_sender_that_ses_cannot_have_is_refused(sender: str, sentence: str) -> None:
    with pytest.raises(CannotSynthesizeError, match=f"mail_sender: .*{sentence}"):
        stage(stage="dev", mail_sender=sender)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        stage(stage="dev").log_retention_days = 7  # type: ignore[misc]  # the assignment is the test


def test_only_the_local_stage_is_emulated() -> None:
    assert [name for name in STAGES if stage(stage=name).emulated] == ["local"]


def test_the_app_ends_with_one_sentence_and_no_traceback() -> None:
    run = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False
    )

    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].startswith("queue-processor: no stage is named")
    assert "Traceback" not in run.stderr
