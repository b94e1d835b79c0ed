"""Settings that are refused, each in one sentence: what is wrong, where it is, and what to do."""

import re
from typing import Any

import pytest

from app import ROOT
from stacks.errors import CannotSynthesizeError
from stacks.settings.context import refuse_repeated_keys
from stacks.stage import Stage
from tests.infrastructure.synthesis import CONTEXT
from tests.infrastructure.test_stage import stage


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


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("archive_retention_days", "31"),
        ("log_retention_days", "8"),
        ("crm_base_url", "crm.taly.dev"),
        ("crm_base_url", "http://crm.taly.dev"),
        ("mail_sender", "Taly"),
        ("link_hosts", ""),
        ("link_hosts", "https://app.taly.dev"),
        ("link_hosts", "app.taly.dev:443"),
        ("link_hosts", "*.taly.dev"),
        ("link_hosts", "localhost"),
        ("link_hosts", "192.0.2.1"),
        ("link_hosts", "App.taly.dev"),
        ("link_hosts", f"{'a' * 64}.dev"),
        ("link_hosts", f"{'a.' * 126}dev"),
        ("sms_sender_id", "12345678901"),
        ("sms_sender_id", "Ta"),
        ("sms_sender_id", "1T"),
        ("sms_sender_id", "1234567890Ta"),
        ("sms_sender_id", "TalyAppointm"),
        ("sms_sender_id", "Taly App"),
        ("sms_sender_id", "Tály"),
        ("sms_origination_number", "+0301234567"),
        ("sms_origination_number", "4930901820"),
        ("sms_origination_number", "12"),
        ("quiet_hours", "21-8"),
        ("quiet_hours", "21:00"),
        ("quiet_hours", "24:00-08:00"),
        ("quiet_hours", "21:60-08:00"),
        ("quiet_hours", "21:00-08:00 Europe/Berlin"),
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
        ("account", "12", 'must be an AWS account\'s id of 12 digits, in quotes, found "12"'),
        ("region", "Frankfurt", 'must be an AWS region, such as eu-central-1, found "Frankfurt"'),
        (
            "crm_base_url",
            "http://crm.example",
            'must be https: the CRM\'s token goes there, found "http://crm.example"',
        ),
        ("account", 111122223333, 'must be in quotes, such as "111122223333", found 111122223333'),
        ("crm_base_url", "https://ada:secret@crm.taly.dev", "must be an http or https URL without a query or a user"),
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
        ("link_hosts", [], "must not be empty"),
        ("link_hosts", ["app.taly.dev", "https://x"], "must be a host's name in lower case, such as app.taly.example"),
        ("sms_sender_id", "911", "must be 3 to 11 letters and digits, at least one letter, such as Taly"),
        (
            "sms_origination_number",
            "Taly",
            "must be a phone number such as +4930901820, or a short code of 3 to 8 digits",
        ),
        ("quiet_hours", "night", 'must be two times of day, such as 21:00-08:00, found "night"'),
        (
            "quiet_hours",
            "08:00-08:00",
            "must not begin and end at the same time: with null, texts are sent at any time",
        ),
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
        ("ALERT_EMAIL", "there is no setting 'ALERT_EMAIL', given by -c ALERT_EMAIL: did you mean 'alert_email'?"),
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


@pytest.mark.parametrize(
    ("tags", "sentence"),
    [
        ("team", "must be key=value, each key once, such as team=booking,cost-centre=42"),
        ("team=a,team=b", "must be key=value, each key once"),
        ("team=a,Team=b", "must not have the key team twice: for IAM"),
        ("Stage=prod", "must not have the key stage, which each stage sets itself"),
        ("stage=prod", "must not have the key stage, which each stage sets itself"),
        ("taly-async:paused=a", "must not have the key taly-async:paused, which each stage sets itself"),
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
