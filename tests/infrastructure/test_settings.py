"""Every stage setting, alone and with all others, synthesizes without findings of cdk-nag."""

import json
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from app import ROOT
from stacks.stage import Stage
from tests.infrastructure.synthesis import STAGES, findings_of_cfn_lint, synthesize

SETTINGS: dict[str, Any] = {
    "account": "111122223333",
    "region": "eu-central-1",
    "tags": "team=booking,cost-centre=42",
    "permissions_boundary": "developer-boundary",
    "emulated": "true",
    "retain": "true",
    "log_retention_days": "60",
    "archive_retention_days": "3",
    "crm_base_url": "https://crm.example.com",
    "mail_sender": "Example <no-reply@mail.example.com>",
    "link_hosts": "app.example.com,files.example.com",
    "mail_rate": "7.5",
    "text_rate": "3",
    "sms_sender_id": "Example1",
    "sms_origination_number": "+4930901820",
    "quiet_hours": "22:30-07:00",
    "text_budget": "250",
    "crm_rate": "12",
    "reminder_leads": "PT48H,PT90M",
    "dunning": "P2D",
    "alert_email": "on-call@example.com",
    "slack_channel": "#on-call",
    "runbook_url": "https://example.com/runbook.md",
    "alarm_oldest": "1200",
    "alarm_depth": "70",
    "alarm_failing": "0.4",
    "alarm_minimum_attempts": "30",
    "producers": "taly.backend=111122223333,taly.crm=o-a1b2c3d4e5",
    "trusted_senders": "111122223333,AROA1234567890ABCDEFG",
    "timeout_cap": "20",
    "concurrency": "60",
    "concurrency_cap": "5",
    "backoff_cap": "3",
}
"""A value for each setting, as given by `-c setting=value`, that no stage has."""

COMBINED = {name: value for name, value in SETTINGS.items() if name != "emulated"}
"""All settings that a stage on AWS may combine; an emulated stage has no account and no region."""


IN_EVERY_RUN = {("account", "prod"), ("region", "dev")}
"""Settings that are part of every ARN, and so of cdk-nag's findings; `make test-long` tries all others alone."""


def test_every_setting_has_a_value_here() -> None:
    assert SETTINGS.keys() == Stage.model_fields.keys() - {"name"}


def test_the_page_on_deploying_names_every_setting() -> None:
    page = (ROOT / "docs" / "deploying.md").read_text()
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", page, re.MULTILINE)
    named = {name.strip("`") for row in rows for name in row.split(", ")}

    assert SETTINGS.keys() - named == set()


@pytest.mark.parametrize(
    ("setting", "stage"),
    [
        pytest.param(name, stage, marks=() if (name, stage) in IN_EVERY_RUN else pytest.mark.long)
        for name, stage in product(SETTINGS, STAGES)
    ],
)
def test_a_setting_alone_synthesizes_clean(setting: str, stage: str, tmp_path: Path) -> None:
    synthesize(tmp_path, stage=stage, **{setting: SETTINGS[setting]})


@pytest.mark.parametrize("stage", STAGES)
def test_all_settings_together_synthesize_clean(stage: str, tmp_path: Path) -> None:
    synthesize(tmp_path, stage=stage, **COMBINED)


@pytest.mark.long
def test_cfn_lint_reports_nothing_about_all_settings_together(tmp_path: Path) -> None:
    assert findings_of_cfn_lint(synthesize(tmp_path, stage="prod", **COMBINED)) == ""


def test_no_setting_of_cdk_json_is_null() -> None:
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    maps = {"defaults": context["defaults"], **context["stages"]}

    nulls = [f"{name}.{key}" for name, settings in maps.items() for key, value in settings.items() if value is None]

    assert nulls == [], 'the CDK drops a null, and the default would count: write ""'
