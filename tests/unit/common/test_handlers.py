"""What holds for every function of the catalogue, and what none of them may cost at start."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lambdas.common.handlers import Handler
from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType, Needs
from tests.fakes.function import FakeContext, FunctionHarness, sqs_event

ROOT = Path(__file__).parents[3]
MODULES = [f"lambdas.{folder}.handler" for folder in ("queue_processor", *(each.folder for each in CATALOGUE))]
HEAVY = (
    "asyncio",
    "aws_lambda_powertools.utilities.idempotency",
    "aws_xray_sdk",
    "boto3",
    "botocore.client",
    "botocore.session",
    "http.client",
    "ssl",
    "urllib3",
)


def handler_of(event_type: EventType[Any]) -> Handler[Any]:
    handler = importlib.import_module(f"lambdas.{event_type.folder}.handler").handler
    assert isinstance(handler, Handler)
    return handler


@pytest.mark.parametrize("event_type", CATALOGUE, ids=repr)
def test_a_handlers_type_is_that_of_its_folder(event_type: EventType[Any]) -> None:
    assert handler_of(event_type).event_type is event_type


@pytest.mark.parametrize("event_type", CATALOGUE, ids=repr)
def test_a_handler_asks_for_what_its_type_says_it_needs(event_type: EventType[Any]) -> None:
    """But for texts, which no parameter gives: infrastructure/layers/test_import_graph.py holds them to the imports."""
    handler = handler_of(event_type)
    asked = {capability.need for capability in (*handler.capabilities.values(), handler.gate) if capability}

    assert asked - {None} == event_type.needs - {Needs.TEXTS}


@pytest.mark.parametrize("event_type", CATALOGUE, ids=repr)
def test_every_capability_can_be_connected_and_is_made_once(event_type: EventType[Any]) -> None:
    clients = {"sesv2": object(), "secretsmanager": object(), "sns": object()}
    runtime = FunctionHarness(clients=clients).runtime()

    for capability in handler_of(event_type).capabilities.values():
        assert runtime.capability(capability) is runtime.capability(capability)


@pytest.mark.parametrize("event_type", CATALOGUE, ids=repr)
def test_a_handler_dead_letters_messages_of_other_types(event_type: EventType[Any]) -> None:
    harness = FunctionHarness()

    response = handler_of(event_type).process(sqs_event("{", "{}", '"x"'), FakeContext(), harness.runtime())

    assert response == {"batchItemFailures": []}
    assert harness.outcomes == ["dead_lettered"] * 3


@pytest.mark.parametrize("module", MODULES)
def test_a_handler_imports_no_module_that_it_may_never_need(module: str) -> None:
    script = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"

    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True, env=dict(os.environ)
    )

    assert result.stdout.strip() == "[]"
