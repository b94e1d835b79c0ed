"""Stage settings: read from cdk.json, overridden by `-c`, and refused with an error message."""

import os
import re
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
from stacks.errors import CannotSynthesizeError
from stacks.settings.context import refuse_repeated_keys
from stacks.settings.types import Producer
from stacks.stage import AlarmThresholds, Stage
from tests.infrastructure.synthesis import CONTEXT, STAGES


def stage(**settings: str) -> Stage:
    """Read a stage with settings as text, as given by `-c setting=value`."""
    return Stage.from_context({**CONTEXT, **settings})


@pytest.mark.parametrize("name", STAGES)
def test_cdk_json_has_every_stage(name: str) -> None:
    assert stage(stage=name).name == name


def test_a_missing_stage_is_an_error_that_lists_the_stages() -> None:
    with pytest.raises(CannotSynthesizeError, match="no stage is named: give one of local, dev, staging, prod"):
        stage()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("prdo", "there is no stage 'prdo' in cdk.json: did you mean 'prod'? Give one of local, dev, staging, prod"),
        ("Prod", "there is no stage 'Prod' in cdk.json: did you mean 'prod'?"),
        ("qa", "there is no stage 'qa' in cdk.json. Give one of local, dev, staging, prod, or add it under stages"),
    ],
)
def test_an_unknown_stage_is_named_with_the_nearest(name: str, sentence: str) -> None:
    with pytest.raises(CannotSynthesizeError, match=re.escape(sentence)):
        stage(stage=name)


@pytest.mark.parametrize("name", ["q", "pre-prod", "Qa", "1st", "q" * 17, "qä", "q a", "qa\n", ""])
def test_a_name_that_resources_cannot_have_is_refused(name: str) -> None:
    context = {**CONTEXT, "stages": {name: CONTEXT["stages"]["staging"]}, "stage": name}

    with pytest.raises(CannotSynthesizeError, match=r"a stage cannot be named|no stage is named"):
        Stage.from_context(context)


@pytest.mark.parametrize(
    ("context", "sentence"),
    [
        ({"stages": "qa"}, 'stages must be an object of stages by name in cdk.json\'s context, found "qa"'),
        ({"stages": None}, "stages must be an object of stages by name in cdk.json's context, found null"),
        ({"stages": {"qa": []}}, "stages.qa must be an object of settings by name in cdk.json's context, found []"),
        ({"defaults": 5}, "defaults must be an object of settings by name in cdk.json's context, found 5"),
        ({}, "there is no stage 'qa' in cdk.json"),
    ],
)
def test_settings_that_are_no_map_are_refused(context: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CannotSynthesizeError, match=re.escape(sentence)):
        Stage.from_context({"stages": {"qa": {}}, **context, "stage": "qa"} if context else {"stage": "qa"})


def test_a_new_stage_sets_only_what_differs_from_the_defaults() -> None:
    own = {"crm_base_url": "https://crm.qa.taly.example", "mail_sender": "no-reply@mail.qa.taly.example"}
    context = {**CONTEXT, "stages": {**CONTEXT["stages"], "qa": own}, "stage": "qa"}

    given = Stage.from_context(context)

    assert given == stage(stage="staging").model_copy(update={"name": "qa", **own})


def test_a_default_holds_where_a_stage_has_nothing_of_its_own() -> None:
    context = {**CONTEXT, "defaults": {**CONTEXT["defaults"], "alarm_oldest": 77}}

    found = {name: Stage.from_context({**context, "stage": name}).alarm_oldest for name in STAGES}

    assert found == {"local": 60, "dev": 3600, "staging": 77, "prod": 900}


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
    assert (capped.capped_concurrency(50), capped.capped_concurrency(2)) == (5, 2)


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
        ("text_budget", "0.005"),
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
        ("runbook_url", f"https://taly.dev/{'x' * 400}"),
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
    with pytest.raises(CannotSynthesizeError, match=rf"^stage prod is set wrongly: -c {setting}\b"):
        stage(stage="prod", **{setting: value})


@pytest.mark.parametrize(
    ("rate", "sentence"),
    [
        ("0", 'mail_rate must be greater than 0, found "0"'),
        ("fast", 'mail_rate must be a number, found "fast"'),
        ("20000", 'mail_rate must be less than or equal to 10000, found "20000"'),
    ],
)
def test_a_rate_that_is_none_is_refused_in_a_sentence(rate: str, sentence: str) -> None:
    with pytest.raises(CannotSynthesizeError, match=sentence):
        stage(stage="dev", mail_rate=rate)


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("alarm_oldest", 59, "must be greater than or equal to 60, found 59"),
        ("alarm_oldest", "soon", 'must be a whole number, found "soon"'),
        ("alarm_oldest", 60.5, "must be a whole number, found 60.5"),
        ("alarm_oldest", None, "must be a whole number, found null"),
        ("alarm_depth", True, "must be a number, found true"),
        ("retain", "perhaps", 'must be true or false, found "perhaps"'),
        ("log_retention_days", 8, "must be 1, 3, 7, 14, 30, 60, 90, 180 or 365, found 8"),
        ("account", 111122223333, "must be a string, found 111122223333"),
        ("account", "12", 'must be an AWS account\'s id of 12 digits, in quotes, found "12"'),
        ("region", "Frankfurt", 'must be an AWS region, such as eu-central-1, found "Frankfurt"'),
        (
            "crm_base_url",
            "http://crm.example",
            'must be https: the CRM\'s token goes there, found "http://crm.example"',
        ),
        ("alert_email", "infra", 'must be an email address, found "infra"'),
        ("slack_channel", "ops", 'must be a Slack channel, such as #taly-async-ops, found "ops"'),
        (
            "producers",
            [5],
            "producers[0] in cdk.json must be source=principal, such as taly.backend=111122223333, found 5",
        ),
        (
            "reminder_leads",
            [None],
            "reminder_leads[0] in cdk.json must be an ISO 8601 duration, such as PT24H, found null",
        ),
        ("reminder_leads", 5, "must be an array, found 5"),
        ("tags", {"team": 5}, "tags.team in cdk.json must be a string, found 5"),
        (
            "permissions_boundary",
            "a b",
            "must be the name of a managed policy of the account, or a managed policy's ARN",
        ),
    ],
)
def test_a_wrong_value_in_cdk_json_is_named_with_its_place(setting: str, value: object, sentence: str) -> None:
    context = {**CONTEXT, "stages": {"qa": {**CONTEXT["stages"]["staging"], setting: value}}, "stage": "qa"}

    with pytest.raises(CannotSynthesizeError) as refused:
        Stage.from_context(context)

    assert str(refused.value).startswith(f"stage qa is set wrongly: stages.qa.{setting}")
    assert sentence in str(refused.value)


def test_a_wrong_default_is_named_with_its_place() -> None:
    context = {**CONTEXT, "defaults": {**CONTEXT["defaults"], "crm_rate": 0}, "stage": "staging"}

    with pytest.raises(CannotSynthesizeError, match=r"defaults\.crm_rate in cdk\.json must be greater than 0, found 0"):
        Stage.from_context(context)


_JUNK: list[Any] = [
    None,
    {},
    [],
    [None],
    [{}],
    True,
    "",
    "\x00",
    "junk",
    "9" * 5_000,
    -1,
    1.5,
    1e308,
    10**400,
    {"a": {}},
    {"": 1},
]
_PYDANTICS_WORDS = re.compile(
    r"Input should|Field required|valid |dictionary|instance|pars|timedelta|tuple|validation|Value error|must be [A-Z]"
)


@pytest.mark.parametrize("setting", [setting for setting in Stage.model_fields if setting != "name"])
@pytest.mark.parametrize("by", ["stages.qa", "-c"])
def test_no_refusal_has_words_of_pydantic(setting: str, by: str) -> None:
    own = CONTEXT["stages"]["staging"]
    for value in _JUNK:
        given = {"stages": {"qa": own}, setting: value} if by == "-c" else {"stages": {"qa": {**own, setting: value}}}
        try:
            Stage.from_context({**CONTEXT, **given, "stage": "qa"})
        except CannotSynthesizeError as refused:
            sentence = str(refused)
            assert sentence.startswith(f"stage qa is set wrongly: {by}")
            assert setting in sentence
            assert not _PYDANTICS_WORDS.search(sentence.partition(", found")[0])
            assert len(sentence) < 400


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("colour", "there is no setting 'colour', given by -c colour. A stage has account, "),
        ("alert_mail", "there is no setting 'alert_mail', given by -c alert_mail: did you mean 'alert_email'?"),
        ("alert-email", "there is no setting 'alert-email', given by -c alert-email: did you mean 'alert_email'?"),
        ("stages.dev.crm_rate", "given by -c stages.dev.crm_rate: did you mean 'crm_rate'?"),
        ("name", "there is no setting 'name', given by -c name"),
    ],
)
def test_an_unknown_setting_is_named_with_the_nearest(given: str, sentence: str) -> None:
    with pytest.raises(CannotSynthesizeError, match=re.escape(sentence)):
        stage(stage="prod", **{given: "5"})


@pytest.mark.parametrize("place", ["defaults", "stages.prod"])
def test_an_unknown_setting_in_cdk_json_is_found(place: str) -> None:
    if place == "defaults":
        context = {**CONTEXT, "defaults": {**CONTEXT["defaults"], "alert_mail": "a@b.example"}}
    else:
        context = {**CONTEXT, "stages": {"prod": {**CONTEXT["stages"]["prod"], "alert_mail": "a@b.example"}}}

    with pytest.raises(CannotSynthesizeError, match=rf"given by {place}\.alert_mail in cdk\.json: did you mean"):
        Stage.from_context({**context, "stage": "prod"})


def test_a_missing_setting_is_named_with_where_to_add_it() -> None:
    incomplete: dict[str, Any] = {"stages": {"dev": {}}, "stage": "dev"}

    with pytest.raises(
        CannotSynthesizeError, match=r"crm_base_url is missing: add stages\.dev\.crm_base_url in cdk\.json"
    ):
        Stage.from_context(incomplete)


@pytest.mark.parametrize("setting", ["account", "region", "permissions_boundary", "timeout_cap"])
def test_a_setting_of_cdk_json_can_be_unset(setting: str) -> None:
    own = {**CONTEXT["stages"]["local"], "account": "111122223333", "region": "eu-central-1"}
    context = {**CONTEXT, "stages": {"local": {**own, "permissions_boundary": "bound"}}, "stage": "local"}

    assert getattr(Stage.from_context(context), setting) is not None
    assert getattr(Stage.from_context({**context, setting: ""}), setting) is None


def test_tags_are_a_map_or_pairs_separated_by_commas() -> None:
    by_map = Stage.from_context({**CONTEXT, "tags": {"team": "booking", "cost-centre": "a=42"}, "stage": "dev"})

    assert by_map.tags == {"team": "booking", "cost-centre": "a=42"}
    assert stage(stage="dev", tags="team=booking, cost-centre=a=42") == by_map


@pytest.mark.parametrize(
    ("tags", "sentence"),
    [
        ("team", "must be key=value, each key once, such as team=booking,cost-centre=42"),
        ("team=a,team=b", "must be key=value, each key once"),
        ("team=a,Team=b", "must not have the key team twice: for IAM"),
        ("Stage=prod", "must not have the key stage, which each stage sets itself"),
        ("stage=prod", "must not have the key stage, which each stage sets itself"),
        ("aws:team=a", "must not have the key aws:team: AWS reserves"),
        ("team=a;b", "must be letters, digits, blanks"),
        ("team=", "must be letters, digits, blanks"),
        ("=a", "must be letters, digits, blanks"),
        (f"{'k' * 129}=a", "must have at most 128 characters"),
        (f"k={'a' * 257}", "must have at most 256 characters"),
        (",".join(f"k{number}=a" for number in range(41)), "must be at most 40 tags"),
    ],
)
def test_a_tag_that_aws_would_refuse_is_refused(tags: str, sentence: str) -> None:
    with pytest.raises(CannotSynthesizeError, match=f"tags.*{sentence}"):
        stage(stage="dev", tags=tags)


def test_a_key_that_stands_twice_in_cdk_json_is_refused() -> None:
    refuse_repeated_keys((ROOT / "cdk.json").read_text(encoding="utf-8"))

    with pytest.raises(CannotSynthesizeError, match=r"cdk\.json has 'crm_rate' twice in one object"):
        refuse_repeated_keys('{"context": {"stages": {"dev": {"crm_rate": 1, "crm_rate": 2}}}}')


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
    with pytest.raises(CannotSynthesizeError, match=f"mail_sender .*{sentence}"):
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
