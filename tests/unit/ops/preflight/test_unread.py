"""A call that AWS refuses costs its own finding, and says which permission is missing."""

from collections.abc import Mapping
from functools import cache
from itertools import cycle

import pytest

from ops.preflight.check_result import CheckResult, CheckState
from ops.preflight.preflight import CHECKS, require_credentials, run
from ops.preflight.reading import CALLS, VERIFYING_CALLS
from ops.preflight.verifications import VERIFICATIONS
from ops.terminal.errors import OperatorError
from tests.unit.ops.preflight.new_account import NewAccount
from tests.unit.ops.preflight.stage_assembly import assembly_of

ALL = {**CALLS, **VERIFYING_CALLS}
EVERYTHING = {**CHECKS, **VERIFICATIONS}


def deployed() -> NewAccount:
    account = NewAccount(bootstrap=30)
    account.deploy()
    return account


@cache
def readable() -> Mapping[str, CheckState]:
    """The states of an account in which all calls are allowed."""
    return {each.check: each.state for each in run(deployed().read_for(assembly_of()), EVERYTHING)}


def denial(action: str) -> str:
    """The code by which a service says that a call is not allowed (its API reference, "Common errors")."""
    codes = {"sns": "AuthorizationError", "cloudformation": "AccessDenied", "cloudwatch": "AccessDenied"}
    return codes.get(action.partition(":")[0], "AccessDeniedException")


def operation(action: str) -> str:
    """The operation that an action allows, by boto3's own table."""
    service, method = ALL[action]
    return str(deployed().client(service).meta.method_to_api_mapping[method])


@cache
def findings_without(action: str, code: str) -> tuple[CheckResult, ...]:
    """What preflight finds in an account that refuses one call."""
    account = deployed()
    account.refused = {operation(action): code}
    return tuple(run(account.read_for(assembly_of()), EVERYTHING))


@pytest.mark.parametrize("action", ALL)
def test_a_denied_call_is_unknown_and_names_the_action(action: str) -> None:
    findings = findings_without(action, denial(action))

    unread = [each for each in findings if each.remedy == f"allow {action}, then run preflight again"]
    assert unread
    assert {each.state for each in unread} == {CheckState.UNKNOWN}
    assert all("access denied" in each.found for each in unread)


@pytest.mark.parametrize("action", ALL)
def test_a_denied_call_costs_no_other_finding(action: str) -> None:
    findings = findings_without(action, denial(action))

    known = {each.check: each.state for each in findings if each.state is not CheckState.UNKNOWN}
    assert {check: state for check, state in known.items() if readable()[check] is not state} == {}
    assert len(known) >= len(readable()) - 10


def test_a_throttled_call_is_unknown_and_asks_to_wait() -> None:
    account = deployed()
    account.refused = {"GetSMSAttributes": "Throttled"}

    findings = run(account.read_for(assembly_of()), CHECKS)

    (unread,) = [each for each in findings if each.state is CheckState.UNKNOWN]
    assert (unread.check, unread.remedy) == ("SMS spend limit", "run preflight again in a minute")
    assert "AWS throttles GetSMSAttributes" in unread.found


def test_without_valid_credentials_there_is_one_sentence() -> None:
    account = deployed()
    account.refused = {"GetCallerIdentity": "ExpiredToken"}

    with pytest.raises(OperatorError, match="the AWS credentials have expired: sign in again"):
        require_credentials(account.client("sts"))


def test_credentials_that_may_not_ask_who_they_are_are_valid() -> None:
    account = deployed()
    account.refused = {"GetCallerIdentity": "AccessDenied"}

    require_credentials(account.client("sts"))

    assert account.called == ["GetCallerIdentity"]


@pytest.mark.parametrize(
    ("action", "code"),
    list(zip(ALL, cycle(["ResourceNotFoundException", "ValidationError", "InternalFailure"]), strict=False)),
)
def test_no_refusal_of_a_call_ends_the_others(action: str, code: str) -> None:
    findings = findings_without(action, code)

    assert len(findings) >= len(readable()) - 10


def test_every_action_is_that_of_its_call() -> None:
    for action in ALL:
        assert action.partition(":")[2] == operation(action)


def test_no_call_reads_a_message_or_a_secret() -> None:
    assert not {operation(action) for action in ALL} & {"ReceiveMessage", "GetSecretValue", "BatchGetSecretValue"}
    assert all(
        operation(action).startswith(("Describe", "Filter", "Get", "List", "StartQuery", "StopQuery")) for action in ALL
    )
