"""A remedy's commands can be copied: the AWS command line takes them, and they act in the region that was read."""

import re
import shlex
from collections.abc import Iterator

import pytest
from botocore import xform_name
from botocore.session import Session

from ops.preflight.preflight import CHECKS, run
from ops.preflight.verifications import VERIFICATIONS
from tests.unit.ops.preflight.new_account import NewAccount
from tests.unit.ops.preflight.stage_assembly import assembly_of

_COMMAND = re.compile(r"\baws [a-z0-9-]+ [a-z-]+(?: (?:--[a-z-]+|\"[^\"]+\"|[^\s\",;`]+))+")
_SESSION = Session()

_RENAMED = {("sns", "subscribe", "notification-endpoint"): "endpoint"}
"""Options that the AWS command line names otherwise than the API (AWS CLI Command Reference)."""


def accounts() -> Iterator[NewAccount]:
    """Accounts that together need every remedy with a command of AWS."""
    yield NewAccount()
    unsound = NewAccount(sending=False, suppressed=(), quotas=dict.fromkeys(NewAccount().quotas, 1.0))
    unsound.verify_identity("taly.dev", VerifiedForSendingStatus=False)
    unsound.deploy()
    unsound.mappings["taly-async-prod-email-send"] = "Disabled"
    unsound.protected, unsound.stacks["TalyAsync-Prod-Messaging"] = True, "ROLLBACK_COMPLETE"
    unsound.stacks["TalyAsync-Prod-Processing"] = "UPDATE_ROLLBACK_FAILED"
    for secret in unsound.secrets.values():
        secret["DeletedDate"] = 1_776_000_000
    yield unsound
    started = NewAccount()
    started.deploy()
    yield started


def commands() -> list[str]:
    remedies = (
        each.remedy
        for account in accounts()
        for each in run(account.read_for(assembly_of()), {**CHECKS, **VERIFICATIONS})
    )
    return sorted({command for remedy in remedies for command in _COMMAND.findall(remedy)})


def described(command: str) -> tuple[set[str], set[str], set[str]]:
    """Options of a command; those that its operation knows, and those that it requires; by the service's model."""
    _, service, operation, *words = shlex.split(command)
    model = _SESSION.get_service_model(service)
    (name,) = [each for each in model.operation_names if xform_name(each, "-") == operation]
    shape = model.operation_model(name).input_shape
    assert shape is not None, f"{name} takes options"
    given = {word.removeprefix("--").removeprefix("no-") for word in words if word.startswith("--")}
    given = {_RENAMED.get((service, operation, option), option) for option in given}
    known = {xform_name(member, "-") for member in shape.members}
    return given, known, {xform_name(member, "-") for member in shape.required_members}


def test_the_accounts_need_commands_of_all_services() -> None:
    services = {command.split()[1] for command in commands()}

    assert services == {"cloudformation", "cloudwatch", "secretsmanager", "service-quotas", "sesv2", "sns"}


@pytest.mark.parametrize("command", commands())
def test_the_command_line_knows_each_option_and_misses_none(command: str) -> None:
    given, known, required = described(command)

    assert given - {"region"} <= known
    assert required <= given


@pytest.mark.parametrize("command", commands())
def test_a_command_acts_in_the_region_that_was_read(command: str) -> None:
    assert command.endswith("--region eu-central-1")
