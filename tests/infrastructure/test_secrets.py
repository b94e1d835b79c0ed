"""No secret is in a template: what is told a function, or anyone, is where a secret is kept and never what it is."""

import json
import re
from collections.abc import Iterator
from typing import Any

from schemas.environment import FunctionEnvironment
from schemas.notifier_environment import NotifierEnvironment
from tests.infrastructure.deployment import Deployment, variables

RESOLVED = re.compile(r"\{\{resolve:(secretsmanager|ssm-secure|ssm):")
"""CloudFormation User Guide, "Dynamic references": it would put the value itself where that stands."""

ADDRESSES = ("_ARN", "_URL", "_NAME")
TELLING = re.compile("SECRET|TOKEN|PASSWORD|KEY|WEBHOOK|CREDENTIAL")
"""Of variables, names that sound as if a secret stood there."""


def texts(value: Any) -> Iterator[str]:
    """All texts of a template's part, keys too."""
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


def test_no_secret_is_given_its_value_by_a_template(deployment: Deployment) -> None:
    secrets = deployment.resources("AWS::SecretsManager::Secret")

    assert secrets
    assert [each for each in secrets if "SecretString" in each.properties] == []
    assert [each for each in secrets if "GenerateSecretString" not in each.properties] == []


def test_a_variable_that_is_about_a_secret_says_where_it_is_kept(deployment: Deployment) -> None:
    about = {
        name: value
        for function in deployment.resources("AWS::Lambda::Function")
        for name, value in variables(function).items()
        if TELLING.search(name) and name != "WEBHOOKS_ALLOW_PRIVATE_ADDRESSES"
    }

    assert about
    for name, value in about.items():
        assert name.endswith(ADDRESSES)
        assert set(value) <= {"Ref", "Fn::GetAtt", "Fn::GetStackOutput"}, f"{name} holds {value}"


def test_no_variable_is_told_to_a_function_that_its_contract_does_not_name(deployment: Deployment) -> None:
    known = {name.upper() for name in (*FunctionEnvironment._fields, *NotifierEnvironment._fields)}
    told = {name for each in deployment.resources("AWS::Lambda::Function") for name in variables(each)}

    others = told - known

    assert not [name for name in others if TELLING.search(name)], "it may be a secret: say in the contract what it is"


def test_the_bus_logs_no_event_as_a_whole(deployment: Deployment) -> None:
    levels = [bus.properties.get("LogConfig", {}).get("IncludeDetail", "NONE") for bus in buses(deployment)]

    assert levels
    assert set(levels) == {"NONE"}


def buses(deployment: Deployment) -> list[Any]:
    return deployment.resources("AWS::Events::EventBus")


def test_nothing_in_a_template_looks_like_a_secret(deployment: Deployment) -> None:
    written = json.dumps(deployment.templates)

    assert re.findall(r"whsec_|hooks\.slack\.com/services/[A-Z0-9]|AKIA[A-Z0-9]{16}|-----BEGIN", written) == []
