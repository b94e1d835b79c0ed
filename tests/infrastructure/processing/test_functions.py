"""The functions: runtime, layers, roles, log groups, environment variables and event source mappings."""

import re
from typing import Any

import pytest

from schemas.appointments import APPOINTMENT_REMINDER
from schemas.catalogue import CATALOGUE
from schemas.environment import FunctionEnvironment
from schemas.event_type import EventType, Needs
from schemas.names import schedule_group_name
from schemas.pauses import TAGS
from schemas.signals import DEAD_SCHEDULES
from stacks.processing.rates import scalings
from tests.infrastructure.conftest import Synthesized
from tests.infrastructure.deployment import BUS, TABLE, Deployment, Resource, variables

each_type = pytest.mark.parametrize("event_type", CATALOGUE, ids=lambda event_type: event_type.name)


SCHEDULING = {"SCHEDULE_GROUP_NAME", "SCHEDULE_TARGET_ARN", "SCHEDULE_ROLE_ARN", "SCHEDULE_DEAD_LETTER_ARN"}


def ingress_function(deployment: Deployment) -> Resource:
    return deployment.function_of(deployment.ingress)


def test_every_work_queue_has_one_function(deployment: Deployment) -> None:
    work_queues = [queue for queue in deployment.resources("AWS::SQS::Queue") if "RedrivePolicy" in queue.properties]

    functions = [deployment.function_of(queue) for queue in work_queues]

    others = {deployment.notifier, deployment.keeper}
    assert sorted(map(repr, functions)) == sorted(
        repr(function) for function in deployment.resources("AWS::Lambda::Function") if function not in others
    )


def carried(deployment: Deployment, function: Resource) -> list[str]:
    """Return the construct names of a function's layers, which must belong to its stack.

    A change to another stack's layer would not reach the function: the reference to the layer would not change.
    """
    layers = [deployment.follow(function.stack, layer) for layer in function.properties["Layers"]]
    assert {layer.stack for layer in layers} == {function.stack}
    return sorted(re.sub("^Runtime|Layer[0-9A-F]{8}$", "", layer.logical_id) for layer in layers)


def test_every_function_runs_on_one_runtime(deployment: Deployment) -> None:
    functions = deployment.resources("AWS::Lambda::Function")

    assert {function.properties["Runtime"] for function in functions} == {"python3.13"}
    assert [function.properties["Architectures"] for function in functions] == [["arm64"]] * len(functions)


@each_type
def test_a_function_carries_the_texts_layer_only_if_needed(deployment: Deployment, event_type: EventType[Any]) -> None:
    expected = ["Common", "Dependencies"]
    expected += ["Texts"] if Needs.TEXTS in event_type.needs else []

    assert carried(deployment, deployment.function_of(deployment.queue(event_type))) == expected


def test_functions_of_no_type_carry_the_base_layers(deployment: Deployment) -> None:
    functions = (ingress_function(deployment), deployment.notifier, deployment.keeper)

    assert [carried(deployment, each) for each in functions] == [["Common", "Dependencies"]] * 3


def test_every_layer_is_carried_by_a_function_of_its_stack(deployment: Deployment) -> None:
    functions = deployment.resources("AWS::Lambda::Function")

    layers = {deployment.follow(each.stack, layer) for each in functions for layer in each.properties["Layers"]}

    assert layers == set(deployment.resources("AWS::Lambda::LayerVersion"))


def test_every_function_is_traced(deployment: Deployment) -> None:
    traced = [each.properties["TracingConfig"] for each in deployment.resources("AWS::Lambda::Function")]

    assert traced == [{"Mode": "Active"}] * (len(CATALOGUE) + 3)


def test_only_queue_functions_allow_a_recursive_loop(deployment: Deployment) -> None:
    assert {each.properties["RecursiveLoop"] for each in deployment.queue_functions()} == {"Allow"}
    assert all("RecursiveLoop" not in each.properties for each in (deployment.notifier, deployment.keeper))


def test_every_function_has_memory_within_bounds(deployment: Deployment) -> None:
    memory = {function.properties["MemorySize"] for function in deployment.resources("AWS::Lambda::Function")}

    assert all(256 <= size <= 512 for size in memory)


def test_every_function_has_a_log_group_with_the_stages_retention(deployment: Deployment) -> None:
    functions = deployment.resources("AWS::Lambda::Function")

    groups = [deployment.follow(each.stack, each.properties["LoggingConfig"]["LogGroup"]) for each in functions]

    assert len(set(groups)) == len(functions)
    assert {group.properties["RetentionInDays"] for group in groups} == {deployment.stage.log_retention_days}


def test_every_function_has_a_role_without_managed_policies(deployment: Deployment) -> None:
    functions = deployment.resources("AWS::Lambda::Function")

    roles = [deployment.follow(function.stack, function.properties["Role"]) for function in functions]

    assert len(set(roles)) == len(functions)
    assert [role for role in roles if "ManagedPolicyArns" in role.properties] == []


@each_type
def test_a_types_function_runs_its_folders_handler(deployment: Deployment, event_type: EventType[Any]) -> None:
    function = deployment.function_of(deployment.queue(event_type))

    assert function.properties["Handler"] == f"lambdas.{event_type.folder}.handler.handler"


def test_the_ingress_function_runs_queue_processor(deployment: Deployment) -> None:
    assert ingress_function(deployment).properties["Handler"] == "lambdas.queue_processor.handler.handler"


@each_type
def test_a_function_has_the_scaling_that_its_rate_gives(deployment: Deployment, event_type: EventType[Any]) -> None:
    mapping = deployment.mapping_from(deployment.queue(event_type)).properties
    given = scalings(CATALOGUE, deployment.stage)[event_type.name]

    assert mapping["BatchSize"] == given.batch_size
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": given.max_concurrency}
    environment = FunctionEnvironment.from_variables(variables(deployment.function_of(deployment.queue(event_type))))
    assert {"rate": environment.rate, "pace": environment.pace} == {"rate": "", "pace": ""} | given.environment


def test_every_mapping_accepts_partial_batch_responses(deployment: Deployment) -> None:
    response_types = [
        mapping.properties["FunctionResponseTypes"]
        for mapping in deployment.resources("AWS::Lambda::EventSourceMapping")
    ]

    assert response_types == [["ReportBatchItemFailures"]] * (len(CATALOGUE) + 1)


def test_no_template_says_whether_a_mapping_is_enabled(deployment: Deployment) -> None:
    """A pause disables the mapping: a deployment would end it, or begin it again."""
    mappings = deployment.resources("AWS::Lambda::EventSourceMapping")

    assert len(mappings) == len(CATALOGUE) + 1
    assert [each for each in mappings if "Enabled" in each.properties] == []


def test_every_mapping_has_the_tags_that_pauses_are_limited_to(deployment: Deployment) -> None:
    for mapping in deployment.resources("AWS::Lambda::EventSourceMapping"):
        tags = {each["Key"]: each["Value"] for each in mapping.properties["Tags"]}

        assert {"application": "taly-async", "stage": deployment.stage.name}.items() <= tags.items()
        assert not tags.keys() & set(TAGS), "a deployment would change the tags of a pause"


@each_type
def test_a_function_has_its_types_timeout(prod: Deployment, event_type: EventType[Any]) -> None:
    assert prod.function_of(prod.queue(event_type)).properties["Timeout"] == event_type.timeout


def test_the_local_stage_caps_timeouts_of_queue_functions(local: Deployment) -> None:
    timeouts = {function.properties["Timeout"] for function in local.queue_functions()}

    assert local.stage.timeout_cap is not None
    assert max(timeouts) <= local.stage.timeout_cap


def test_the_local_stage_caps_every_functions_concurrency(local: Deployment) -> None:
    mappings = local.resources("AWS::Lambda::EventSourceMapping")

    assert local.stage.concurrency_cap is not None
    assert {mapping.properties["ScalingConfig"]["MaximumConcurrency"] for mapping in mappings} == {
        local.stage.concurrency_cap
    }


def test_only_the_local_stage_caps_the_backoff(deployment: Deployment) -> None:
    caps = {variables(each).get("BACKOFF_CAP") for each in deployment.queue_functions()}

    assert caps == ({"1"} if deployment.stage.emulated else {None})


def test_only_functions_behind_a_rule_expect_the_tenant_as_message_group(deployment: Deployment) -> None:
    behind_rules = [deployment.function_of(deployment.queue(event_type)) for event_type in CATALOGUE]

    expected = None if deployment.stage.emulated else "1"
    assert {variables(each).get("MESSAGE_GROUPS") for each in behind_rules} == {expected}
    assert "MESSAGE_GROUPS" not in variables(ingress_function(deployment)), "producers need not set a group"


def test_the_local_stage_sends_texts_at_any_hour(deployment: Deployment) -> None:
    hours = variables(deployment.function_of(deployment.queue(APPOINTMENT_REMINDER))).get("QUIET_HOURS")

    assert hours == (None if deployment.stage.emulated else "21:00-08:00")


@each_type
def test_a_function_has_only_the_variables_that_it_needs(deployment: Deployment, event_type: EventType[Any]) -> None:
    expected = {"QUEUE_URL", "DEAD_LETTER_QUEUE_URL", "EVENT_BUS_NAME", "IDEMPOTENCY_TABLE_NAME", "STAGE"}
    expected |= {"CODE_VERSION"}
    expected |= SCHEDULING if event_type.schedules else set()
    expected |= {"CRM_BASE_URL", "CRM_TOKEN_SECRET_ARN"} if Needs.CRM in event_type.needs else set()
    expected |= {"MAIL_SENDER", "MAIL_CONFIGURATION_SET", "LINK_HOSTS"} if Needs.EMAIL in event_type.needs else set()
    expected |= {"QUIET_HOURS"} if Needs.QUIET_HOURS in event_type.needs and deployment.stage.quiet_hours else set()
    expected |= (
        {"SUPPRESSION_KEY_SECRET_ARN"}
        if {Needs.SUPPRESSED, Needs.SUPPRESSION_LIST, Needs.HASH_KEY} & event_type.needs
        else set()
    )
    expected |= (
        {"WEBHOOKS_ALLOW_PRIVATE_ADDRESSES"}
        if Needs.WEBHOOKS in event_type.needs and deployment.stage.emulated
        else set()
    )
    expected |= {"REMINDER_LEADS"} if Needs.REMINDERS in event_type.needs else set()
    expected |= {"DUNNING"} if Needs.DUNNING in event_type.needs else set()
    expected |= {"RATE", "PACE"} if {Needs.CRM, Needs.EMAIL, Needs.SMS} & event_type.needs else set()
    expected |= {"BACKOFF_CAP"} if deployment.stage.backoff_cap else set()
    expected |= set() if deployment.stage.emulated else {"MESSAGE_GROUPS"}

    assert variables(deployment.function_of(deployment.queue(event_type))).keys() == expected


def test_every_queue_function_knows_its_stage(deployment: Deployment) -> None:
    assert {variables(each)["STAGE"] for each in deployment.queue_functions()} == {deployment.stage.name}


def test_functions_read_every_variable_that_they_get(deployment: Deployment) -> None:
    read = {name.upper() for name in FunctionEnvironment._fields}

    given = {name for each in deployment.queue_functions() for name in variables(each)}

    assert given <= read


@each_type
def test_a_functions_variables_name_its_queues_and_the_bus(deployment: Deployment, event_type: EventType[Any]) -> None:
    function = deployment.function_of(deployment.queue(event_type))

    names = variables(function)

    bus = deployment.bus
    assert deployment.follow(function.stack, names["EVENT_BUS_NAME"], BUS) == bus
    assert deployment.follow(function.stack, names["QUEUE_URL"]) == deployment.queue(event_type)
    assert deployment.follow(function.stack, names["DEAD_LETTER_QUEUE_URL"]) == deployment.dead_letter_queue(event_type)


@pytest.mark.parametrize("event_type", [each for each in CATALOGUE if each.schedules], ids=lambda each: each.name)
def test_schedules_target_the_ingress_queue(deployment: Deployment, event_type: EventType[Any]) -> None:
    function = deployment.function_of(deployment.queue(event_type))

    names = variables(function)

    followed = {
        name: deployment.follow(function.stack, names[f"SCHEDULE_{name}_ARN"]) for name in ("TARGET", "DEAD_LETTER")
    }
    assert followed == {
        "TARGET": deployment.ingress,
        "DEAD_LETTER": deployment.holding_queue(DEAD_SCHEDULES),
    }
    assert deployment.follow(function.stack, names["SCHEDULE_ROLE_ARN"]).type == "AWS::IAM::Role"
    (group,) = deployment.resources("AWS::Scheduler::ScheduleGroup")
    assert names["SCHEDULE_GROUP_NAME"] == group.properties["Name"] == schedule_group_name(deployment.stage.name)


def _addresses(function: Resource) -> dict[str, Any]:
    """Return a function's variables that are addresses: without the stage's name and settings, version and senders."""
    return {
        name: value
        for name, value in variables(function).items()
        if name not in {"STAGE", "CODE_VERSION", "BACKOFF_CAP"} and not name.endswith("_SENDERS")
    }


def test_the_ingress_functions_variables_name_its_queues_and_the_bus(deployment: Deployment) -> None:
    function = ingress_function(deployment)

    kinds = {"EVENT_BUS_NAME": BUS, "IDEMPOTENCY_TABLE_NAME": TABLE}
    resources = {
        name: deployment.follow(function.stack, value, kinds.get(name, ""))
        for name, value in _addresses(function).items()
    }

    assert resources == {
        "QUEUE_URL": deployment.ingress,
        "DEAD_LETTER_QUEUE_URL": deployment.ingress_dead_letters,
        "EVENT_BUS_NAME": deployment.bus,
        "IDEMPOTENCY_TABLE_NAME": deployment.table,
    }


@pytest.mark.parametrize("stage", ["dev", "staging", "prod"])
def test_the_ingress_believes_only_its_own_role_and_the_schedules(stage_deployment: Synthesized, stage: str) -> None:
    deployment = stage_deployment(stage)
    function = ingress_function(deployment)

    history, heartbeat = (variables(function)[f"{name}_SENDERS"] for name in ("HISTORY", "HEARTBEAT"))

    assert deployment.stage.trusted_senders == ()
    assert history == {
        "Fn::GetAtt": [deployment.follow(function.stack, function.properties["Role"]).logical_id, "RoleId"]
    }
    assert heartbeat["Fn::GetAtt"][1] == "RoleId"
    role = deployment.follow(function.stack, heartbeat)
    assert "scheduler.amazonaws.com" in str(role.properties["AssumeRolePolicyDocument"])


def test_only_the_emulated_stage_trusts_further_senders(deployment: Deployment) -> None:
    senders = str(variables(ingress_function(deployment))["HISTORY_SENDERS"])

    assert (",000000000000" in senders) == deployment.stage.emulated


def test_the_ingress_queues_visibility_timeout_is_six_timeouts(deployment: Deployment) -> None:
    queue = deployment.ingress

    assert queue.properties["VisibilityTimeout"] == 6 * ingress_function(deployment).properties["Timeout"]
