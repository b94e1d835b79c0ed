"""Stage settings: read from cdk.json, overridden by `-c`, and refused with an error message."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from app import ROOT
from schemas.event_type import Thresholds
from stacks.errors import CannotSynthesizeError
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
        ("DEV", "there is no stage 'DEV' in cdk.json: did you mean 'dev'?"),
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
        ({}, "there is no stage 'qa' in cdk.json: it has none. Add it under stages"),
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


def test_a_cap_can_be_removed() -> None:
    assert stage(stage="local", timeout_cap="null").timeout_cap is None


def test_a_cap_limits_only_larger_values() -> None:
    capped = stage(stage="dev", timeout_cap="20", concurrency_cap="5")

    assert (capped.timeout(30), capped.timeout(10)) == (20, 10)
    assert (capped.capped_concurrency(50), capped.capped_concurrency(2)) == (5, 2)


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


def test_a_types_thresholds_override_its_stages() -> None:
    of_stage = stage(stage="dev", alarm_oldest="600", alarm_depth="70", alarm_failing="0.5", alarm_minimum_attempts="9")

    assert of_stage.thresholds(Thresholds()) == AlarmThresholds(oldest=600, depth=70, failing=0.5, minimum_attempts=9)
    assert of_stage.thresholds(Thresholds(oldest=90, failing=0.1, minimum_attempts=5)) == AlarmThresholds(
        oldest=90, depth=70, failing=0.1, minimum_attempts=5
    )


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
