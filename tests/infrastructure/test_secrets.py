"""No template contains a secret; environment variables and outputs contain only addresses of secrets."""

import json
import re
from collections.abc import Iterator
from typing import Any

from schemas.environment import FunctionEnvironment
from schemas.notifier_environment import NotifierEnvironment
from tests.infrastructure.deployment import Deployment, variables

RESOLVED = re.compile(r"\{\{resolve:(secretsmanager|ssm-secure|ssm):")
"""Dynamic references, which CloudFormation replaces by the value (CloudFormation User Guide, "Dynamic references")."""

ADDRESSES = ("_ARN", "_URL", "_NAME")
SECRET_NAME = re.compile("SECRET|TOKEN|PASSWORD|KEY|WEBHOOK|CREDENTIAL")
"""Names of variables that suggest a secret."""


def texts(value: Any) -> Iterator[str]:
    """Yield all strings in a part of a template, keys included."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, str):
        yield value


def test_no_template_resolves_a_secrets_value(deployment: Deployment) -> None:
    found = [text for template in deployment.templates.values() for text in texts(template) if RESOLVED.search(text)]

    assert found == []


def test_no_template_sets_a_secrets_value(deployment: Deployment) -> None:
    secrets = deployment.resources("AWS::SecretsManager::Secret")

    assert secrets
    assert [each for each in secrets if "SecretString" in each.properties] == []
    assert [each for each in secrets if "GenerateSecretString" not in each.properties] == []


def test_a_secret_variable_holds_only_an_address(deployment: Deployment) -> None:
    secrets = {
        name: value
        for function in deployment.resources("AWS::Lambda::Function")
        for name, value in variables(function).items()
        if SECRET_NAME.search(name) and name != "WEBHOOKS_ALLOW_PRIVATE_ADDRESSES"
    }

    assert secrets
    for name, value in secrets.items():
        assert name.endswith(ADDRESSES)
        assert set(value) <= {"Ref", "Fn::GetAtt"}, f"{name} holds {value}"


def test_no_secret_variable_is_outside_the_environment_models(deployment: Deployment) -> None:
    known = {name.upper() for name in (*FunctionEnvironment._fields, *NotifierEnvironment._fields)}
    names = {name for each in deployment.resources("AWS::Lambda::Function") for name in variables(each)}

    others = names - known

    assert not [name for name in others if SECRET_NAME.search(name)], (
        "it may be a secret: add it to the environment model"
    )


def test_the_bus_logs_no_event_detail(deployment: Deployment) -> None:
    levels = [bus.properties.get("LogConfig", {}).get("IncludeDetail", "NONE") for bus in buses(deployment)]

    assert levels
    assert set(levels) == {"NONE"}


def buses(deployment: Deployment) -> list[Any]:
    return deployment.resources("AWS::Events::EventBus")


def test_nothing_in_a_template_looks_like_a_secret(deployment: Deployment) -> None:
    text = json.dumps(deployment.templates)

    assert re.findall(r"whsec_|hooks\.slack\.com/services/[A-Z0-9]|AKIA[A-Z0-9]{16}|-----BEGIN", text) == []
