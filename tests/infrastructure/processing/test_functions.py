"""Each queue's function: what it runs on, what it is told, how it receives."""

import re
from typing import Any

import pytest

from schemas.catalogue import CATALOGUE
from schemas.environment import FunctionEnvironment
from schemas.event_type import EventType, Kind, Needs
from schemas.names import MessagingOutput, ProcessingOutput, schedule_group_name
from tests.infrastructure.deployment import Deployment, Resource, variables

each_type = pytest.mark.parametrize("event_type", CATALOGUE, ids=lambda event_type: event_type.name)


SCHEDULING = {"SCHEDULE_GROUP_NAME", "SCHEDULE_TARGET_ARN", "SCHEDULE_ROLE_ARN", "SCHEDULE_DEAD_LETTER_ARN"}


def ingress_function(deployment: Deployment) -> Resource:
    return deployment.function_of(deployment.output(deployment.messaging, MessagingOutput.INGRESS_QUEUE_URL))


def test_every_queue_that_redrives_has_one_function_and_every_function_one_queue(deployment: Deployment) -> None:
    worked_off = [queue for queue in deployment.resources("AWS::SQS::Queue") if "RedrivePolicy" in queue.properties]

    functions = [deployment.function_of(queue) for queue in worked_off]

    others = {deployment.notifier}
    assert sorted(map(repr, functions)) == sorted(
        repr(function) for function in deployment.resources("AWS::Lambda::Function") if function not in others
    )


def carried(deployment: Deployment, function: Resource) -> list[str]:
    """The layers that a function carries, by their constructs' names; all are of its own stack.

    A layer of another stack's would not bring a change to the function: the reference to it stays the same.
    """
    layers = [deployment.follow(function.stack, layer) for layer in function.properties["Layers"]]
    assert {layer.stack for layer in layers} == {function.stack}
    return sorted(re.sub("^Runtime|Layer[0-9A-F]{8}$", "", layer.logical_id) for layer in layers)


def test_every_function_runs_on_one_runtime(deployment: Deployment) -> None:
    functions = deployment.resources("AWS::Lambda::Function")

    assert {function.properties["Runtime"] for function in functions} == {"python3.13"}
    assert [function.properties["Architectures"] for function in functions] == [["arm64"]] * len(functions)


@each_type
def test_a_function_carries_texts_if_it_writes_to_people(deployment: Deployment, event_type: EventType[Any]) -> None:
    expected = ["Common", "Dependencies"]
    expected += ["Texts"] if Needs.TEXTS in event_type.needs else []

    assert carried(deployment, deployment.function_of(deployment.queue(event_type))) == expected


def test_the_ingress_and_the_notifier_carry_what_all_functions_do(deployment: Deployment) -> None:
    layers = [carried(deployment, each) for each in (ingress_function(deployment), deployment.notifier)]

    assert layers == [["Common", "Dependencies"]] * 2


def test_no_stack_has_a_layer_that_none_of_its_functions_carries(deployment: Deployment) -> None:
    functions = deployment.resources("AWS::Lambda::Function")

    layers = {deployment.follow(each.stack, layer) for each in functions for layer in each.properties["Layers"]}

    assert layers == set(deployment.resources("AWS::Lambda::LayerVersion"))


def test_every_function_is_traced(deployment: Deployment) -> None:
    traced = [each.properties["TracingConfig"] for each in deployment.resources("AWS::Lambda::Function")]

    assert traced == [{"Mode": "Active"}] * (len(CATALOGUE) + 2)


def test_a_function_may_send_to_its_own_queue_for_ever_if_it_has_one(deployment: Deployment) -> None:
    assert {each.properties["RecursiveLoop"] for each in deployment.queue_functions()} == {"Allow"}
    assert "RecursiveLoop" not in deployment.notifier.properties


def test_every_function_has_memory_within_bounds(deployment: Deployment) -> None:
    memory = {function.properties["MemorySize"] for function in deployment.resources("AWS::Lambda::Function")}

    assert all(256 <= size <= 512 for size in memory)


def test_every_function_has_a_log_group_of_its_own_with_the_stages_retention(deployment: Deployment) -> None:
    functions = deployment.resources("AWS::Lambda::Function")

    groups = [deployment.follow(each.stack, each.properties["LoggingConfig"]["LogGroup"]) for each in functions]

    assert len(set(groups)) == len(functions)
    assert {group.properties["RetentionInDays"] for group in groups} == {deployment.stage.log_retention_days}


def test_every_function_has_a_role_of_its_own_without_managed_policies(deployment: Deployment) -> None:
    functions = deployment.resources("AWS::Lambda::Function")

    roles = [deployment.follow(function.stack, function.properties["Role"]) for function in functions]

    assert len(set(roles)) == len(functions)
    assert [role for role in roles if "ManagedPolicyArns" in role.properties] == []


@each_type
def test_a_type_is_handled_by_its_folders_handler(deployment: Deployment, event_type: EventType[Any]) -> None:
    function = deployment.function_of(deployment.queue(event_type))

    assert function.properties["Handler"] == f"lambdas.{event_type.folder}.handler.handler"


def test_the_ingress_is_handled_by_queue_processor(deployment: Deployment) -> None:
    assert ingress_function(deployment).properties["Handler"] == "lambdas.queue_processor.handler.handler"


@each_type
def test_a_function_receives_as_its_type_says(deployment: Deployment, event_type: EventType[Any]) -> None:
    mapping = deployment.mapping_from(deployment.queue(event_type)).properties

    assert mapping["BatchSize"] == event_type.batch_size
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": deployment.stage.concurrency(event_type.max_concurrency)}


def test_every_mapping_takes_partial_batch_responses(deployment: Deployment) -> None:
    answers = [
        mapping.properties["FunctionResponseTypes"]
        for mapping in deployment.resources("AWS::Lambda::EventSourceMapping")
    ]

    assert answers == [["ReportBatchItemFailures"]] * (len(CATALOGUE) + 1)


@each_type
def test_a_function_has_the_time_that_its_type_wants(prod: Deployment, event_type: EventType[Any]) -> None:
    assert prod.function_of(prod.queue(event_type)).properties["Timeout"] == event_type.timeout


def test_the_local_stage_caps_the_time_of_every_function_whose_crash_is_waited_for(local: Deployment) -> None:
    timeouts = {function.properties["Timeout"] for function in local.queue_functions()}

    assert local.stage.timeout_cap is not None
    assert max(timeouts) <= local.stage.timeout_cap


def test_the_local_stage_caps_every_functions_concurrency(local: Deployment) -> None:
    mappings = local.resources("AWS::Lambda::EventSourceMapping")

    assert local.stage.concurrency_cap is not None
    assert {mapping.properties["ScalingConfig"]["MaximumConcurrency"] for mapping in mappings} == {
        local.stage.concurrency_cap
    }


def test_only_the_local_stage_caps_what_every_function_waits_before_the_next_attempt(deployment: Deployment) -> None:
    caps = {variables(each).get("BACKOFF_CAP") for each in deployment.queue_functions()}

    assert caps == ({"1"} if deployment.stage.emulated else {None})


@each_type
def test_a_function_is_told_what_it_needs_and_nothing_else(deployment: Deployment, event_type: EventType[Any]) -> None:
    expected = {"QUEUE_URL", "DEAD_LETTER_QUEUE_URL", "EVENT_BUS_NAME"}
    expected |= {"IDEMPOTENCY_TABLE_NAME"} if event_type.kind is Kind.JOB else set()
    expected |= SCHEDULING if event_type.schedules else set()
    expected |= {"CRM_BASE_URL", "CRM_TOKEN_SECRET_ARN"} if Needs.CRM in event_type.needs else set()
    expected |= {"MAIL_SENDER"} if Needs.EMAIL in event_type.needs else set()
    expected |= (
        {"WEBHOOKS_ALLOW_PRIVATE_ADDRESSES"}
        if Needs.WEBHOOKS in event_type.needs and deployment.stage.emulated
        else set()
    )
    expected |= {"REMINDER_LEADS"} if Needs.REMINDERS in event_type.needs else set()
    expected |= {"DUNNING"} if Needs.DUNNING in event_type.needs else set()
    expected |= {"BACKOFF_CAP"} if deployment.stage.backoff_cap else set()

    assert variables(deployment.function_of(deployment.queue(event_type))).keys() == expected


def test_every_variable_is_one_that_functions_read(deployment: Deployment) -> None:
    read = {name.upper() for name in FunctionEnvironment._fields}

    given = {name for each in deployment.queue_functions() for name in variables(each)}

    assert given <= read


@each_type
def test_a_function_is_told_its_own_queues_and_the_bus(deployment: Deployment, event_type: EventType[Any]) -> None:
    function = deployment.function_of(deployment.queue(event_type))

    told = variables(function)

    bus = deployment.output(deployment.messaging, MessagingOutput.EVENT_BUS_NAME)
    assert deployment.follow(function.stack, told["EVENT_BUS_NAME"]) == bus
    assert deployment.follow(function.stack, told["QUEUE_URL"]) == deployment.queue(event_type)
    assert deployment.follow(function.stack, told["DEAD_LETTER_QUEUE_URL"]) == deployment.dead_letter_queue(event_type)


@pytest.mark.parametrize("event_type", [each for each in CATALOGUE if each.schedules], ids=lambda each: each.name)
def test_what_is_scheduled_goes_to_the_ingress_queue_and_else_to_its_dead_letter_queue(
    deployment: Deployment, event_type: EventType[Any]
) -> None:
    function = deployment.function_of(deployment.queue(event_type))

    told = variables(function)

    followed = {
        name: deployment.follow(function.stack, told[f"SCHEDULE_{name}_ARN"]) for name in ("TARGET", "DEAD_LETTER")
    }
    assert followed == {
        "TARGET": deployment.output(deployment.messaging, MessagingOutput.INGRESS_QUEUE_URL),
        "DEAD_LETTER": deployment.output(deployment.messaging, MessagingOutput.SCHEDULE_DEAD_LETTER_QUEUE_URL),
    }
    assert deployment.follow(function.stack, told["SCHEDULE_ROLE_ARN"]).type == "AWS::IAM::Role"
    (group,) = deployment.resources("AWS::Scheduler::ScheduleGroup")
    assert told["SCHEDULE_GROUP_NAME"] == group.properties["Name"] == schedule_group_name(deployment.stage.name)


def _addresses(function: Resource) -> dict[str, Any]:
    """A function's variables, but for the stage's cap on the backoff."""
    return {name: value for name, value in variables(function).items() if name != "BACKOFF_CAP"}


def test_the_ingress_is_told_its_own_queues_and_the_bus(deployment: Deployment) -> None:
    function = ingress_function(deployment)

    told = {name: deployment.follow(function.stack, value) for name, value in _addresses(function).items()}

    assert told == {
        "QUEUE_URL": deployment.output(deployment.messaging, MessagingOutput.INGRESS_QUEUE_URL),
        "DEAD_LETTER_QUEUE_URL": deployment.output(deployment.messaging, MessagingOutput.INGRESS_DEAD_LETTER_QUEUE_URL),
        "EVENT_BUS_NAME": deployment.output(deployment.messaging, MessagingOutput.EVENT_BUS_NAME),
    }


def test_the_ingress_queue_hides_a_message_six_times_its_functions_time(deployment: Deployment) -> None:
    queue = deployment.output(deployment.messaging, MessagingOutput.INGRESS_QUEUE_URL)

    assert queue.properties["VisibilityTimeout"] == 6 * ingress_function(deployment).properties["Timeout"]


@each_type
def test_people_are_told_each_types_log_group(deployment: Deployment, event_type: EventType[Any]) -> None:
    function = deployment.function_of(deployment.queue(event_type))

    group = deployment.output(deployment.processing, ProcessingOutput.log_group_name(event_type.construct_id))

    assert deployment.follow(function.stack, function.properties["LoggingConfig"]["LogGroup"]) == group
