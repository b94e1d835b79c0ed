"""60 types, most of the largest kind, fit into AWS's limits on any stage; beyond the limits synth says which."""

import json
import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from aws_cdk import aws_sns as sns

from app import ROOT, synthesize_within_limits
from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType, Kind, Needs
from schemas.names import MESSAGING, MONITORING, stack_name
from schemas.wire import Payload
from stacks.errors import CannotSynthesizeError
from stacks.limits import limit
from stacks.limits.check import stage_uses
from stacks.limits.limit import Limit, Use
from stacks.monitoring.dashboard.saved_queries import LogQuery, saved_name
from stacks.stage import Stage
from tests.infrastructure.deployment import LOG_GROUP, Deployment
from tests.infrastructure.monitoring.test_dashboard import titled
from tests.infrastructure.monitoring.test_log_queries import definitions, each_query
from tests.infrastructure.synthesis import CONTEXT, app_of, synthesize

TYPES = 60

STAGE = "s" * 16
"""A stage with the longest name, which is in every name and policy of the stage."""

UNUSED = {limit.BUS_POLICY.name}
"""Limits on what a stage has only by its settings."""


class Anything(Payload):
    pass


def catalogue_of(count: int) -> Sequence[EventType[Any]]:
    """Return the catalogue, filled up with types that have every alarm, need and follow-up, and a long name."""
    every = set(CATALOGUE)
    more = [
        EventType(
            f"partnerships.long_name_{number:04}",
            Anything,
            Kind.REACTION if number % 2 else Kind.JOB,
            needs=set(Needs),
            emits=every if number % 2 else set(),
            schedules=every if number % 2 else set(),
            objective=timedelta(minutes=5),
        )
        for number in range(count - len(CATALOGUE))
    ]
    return (*CATALOGUE, *more)


def synthesized(folder: Path, count: int) -> Deployment:
    root = folder / "checkout"
    shutil.copytree(ROOT / "lambdas", root / "lambdas", ignore=shutil.ignore_patterns("__pycache__"))
    catalogue = catalogue_of(count)
    for event_type in catalogue:
        handler = root / "lambdas" / event_type.folder / "handler.py"
        handler.parent.mkdir(exist_ok=True)
        handler.touch()
    context = {**CONTEXT, "stages": {STAGE: CONTEXT["stages"]["prod"]}}
    return synthesize(folder / "synthesized", catalogue=catalogue, root=root, context=context, stage=STAGE)


@pytest.fixture(scope="module")
def sixty(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    return synthesized(tmp_path_factory.mktemp("sixty"), TYPES)


@pytest.fixture(scope="module")
def used(sixty: Deployment) -> list[Use]:
    return list(stage_uses(sixty.folder, STAGE))


def test_sixty_types_fit_in_an_account_without_requests(used: list[Use]) -> None:
    assert [use.sentence(TYPES) for use in used if use.figure > use.limit.allowed] == []


def test_sixty_types_use_a_part_of_every_limit(used: list[Use]) -> None:
    """Otherwise a measure would have missed its resources."""
    limits = {each.name for each in vars(limit).values() if isinstance(each, Limit)}

    assert limits - UNUSED - {use.limit.name for use in used if use.figure} == set()


@each_query
def test_the_parts_of_a_query_read_all_functions_logs(sixty: Deployment, query: LogQuery) -> None:
    names = [saved_name(STAGE, f"{query.name} ({number} of 2)") for number in (1, 2)]
    parts = [definitions(sixty)[name].properties["LogGroupNames"] for name in names]

    groups = [sixty.follow(sixty.monitoring, name, LOG_GROUP) for part in parts for name in part]

    assert sorted(map(repr, groups)) == sorted(map(repr, sixty.function_log_groups()))


def test_the_dashboard_shows_the_parts_side_by_side_or_below(sixty: Deployment) -> None:
    first, second = (titled(sixty, f"Outcomes by type ({number} of 2)") for number in (1, 2))

    assert {first["properties"]["query"].count("SOURCE"), second["properties"]["query"].count("SOURCE")} == {50, 13}
    assert (first["x"], first["y"]) != (second["x"], second["y"])


@pytest.mark.parametrize(
    ("resources", "outputs", "expected"),
    [
        (
            501,
            0,
            "has 501 resources, and AWS takes 500 (CloudFormation quotas: resources in a template): about 59 of the",
        ),
        (
            1,
            201,
            "has 201 outputs, and AWS takes 200 (CloudFormation quotas: outputs in a template): about 59 of the 60",
        ),
    ],
)
def test_beyond_a_limit_our_sentence_replaces_the_cdks(
    tmp_path: Path, resources: int, outputs: int, expected: str
) -> None:
    app, stage = app_of(tmp_path), Stage.from_context({**CONTEXT, "stage": "prod"})
    stack = cdk.Stack(app, stack_name("prod", MESSAGING))
    for number in range(resources):
        sns.CfnTopic(stack, f"Topic{number}")
    for number in range(outputs):
        cdk.CfnOutput(stack, f"Output{number}", value="text")

    with pytest.raises(CannotSynthesizeError) as caught:
        synthesize_within_limits(app, stage=stage, catalogue=catalogue_of(TYPES))

    assert str(caught.value).startswith(f"stack TalyAsync-Prod-Messaging {expected}")


def test_within_the_limits_an_error_of_the_cdk_is_raised(tmp_path: Path) -> None:
    app, stage = app_of(tmp_path), Stage.from_context({**CONTEXT, "stage": "prod"})
    topic = sns.CfnTopic(cdk.Stack(app, stack_name("prod", MESSAGING)), "Topic")
    cdk.Annotations.of(topic).add_error("this topic is wrong")

    with pytest.raises(RuntimeError, match="ValidationFailed"):
        synthesize_within_limits(app, stage=stage, catalogue=CATALOGUE)


def test_templates_of_an_earlier_run_are_not_measured(tmp_path: Path) -> None:
    outputs = {f"Output{number}": {"Value": "text"} for number in range(201)}
    earlier = tmp_path / f"{stack_name('prod', MONITORING)}.template.json"
    earlier.write_text(json.dumps({"Resources": {}, "Outputs": outputs}))
    app, stage = app_of(tmp_path), Stage.from_context({**CONTEXT, "stage": "prod"})
    sns.CfnTopic(cdk.Stack(app, stack_name("prod", MESSAGING)), "Topic")

    synthesize_within_limits(app, stage=stage, catalogue=CATALOGUE)

    assert not earlier.exists()


def test_an_empty_stack_is_an_error_of_the_cdk(tmp_path: Path) -> None:
    app, stage = app_of(tmp_path), Stage.from_context({**CONTEXT, "stage": "prod"})
    cdk.Stack(app, stack_name("prod", MESSAGING))

    with pytest.raises(RuntimeError, match="must exist and be non-empty"):
        synthesize_within_limits(app, stage=stage, catalogue=CATALOGUE)


def test_a_quota_to_request_is_a_warning_of_synth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app, stage = app_of(tmp_path), Stage.from_context({**CONTEXT, "stage": "prod"})
    stack = cdk.Stack(app, stack_name("prod", MESSAGING))
    pattern = {"detail-type": [{"anything-but": [f"a.b{number:06}" for number in range(200)]}]}
    events.CfnRule(stack, "CatchAll", event_pattern=pattern)

    synthesize_within_limits(app, stage=stage, catalogue=CATALOGUE)

    warned = capsys.readouterr().err
    assert (
        "queue-processor: warning: CatchAll of stack TalyAsync-Prod-Messaging has 2,436 characters of event" in warned
    )
