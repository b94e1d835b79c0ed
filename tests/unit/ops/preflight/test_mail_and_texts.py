"""Checks of an account's mail and texts, by the answers of SES and SNS."""

from typing import Any

import pytest

from ops.preflight.check_result import CheckResult, CheckState
from ops.preflight.preflight import CHECKS, run
from tests.unit.ops.preflight.new_account import NewAccount
from tests.unit.ops.preflight.stage_assembly import assembly_of

MAIL, SENDER, TEXTS = ("SES account",), ("SES sender",), ("SMS sandbox", "SMS spend limit", "SMS origination numbers")
UNSIGNED = {"SigningEnabled": False, "Status": "NOT_STARTED"}


def found_by(checks: tuple[str, ...], account: NewAccount) -> dict[str, CheckResult]:
    here = account.read_for(assembly_of())
    return {each.check: each for each in run(here, {name: CHECKS[name] for name in checks})}


@pytest.mark.parametrize(
    ("check", "changes", "state", "says"),
    [
        (
            "SES production access",
            {"review": "PENDING"},
            CheckState.FAILED,
            "the request for production access is pending",
        ),
        ("SES production access", {"production_access": True}, CheckState.OK, "out of the sandbox"),
        ("SES reputation", {"sending": False}, CheckState.FAILED, "sending is switched off"),
        ("SES reputation", {"enforcement": "SHUTDOWN"}, CheckState.FAILED, "SES has paused the account"),
        ("SES reputation", {"enforcement": "PROBATION"}, CheckState.WARNING, "under review (PROBATION)"),
        ("SES rate", {"send_rate": 14.0}, CheckState.OK, "14 mails a second, and mail_rate is 14"),
        ("SES rate", {"send_rate": 13.0}, CheckState.FAILED, "13 mails a second, and mail_rate is 14"),
        ("SES daily quota", {"daily": -1.0, "sent": 9e9}, CheckState.OK, "none"),
        (
            "SES daily quota",
            {"daily": 1000.0, "sent": 799.0},
            CheckState.OK,
            "1,000 mails in 24 hours, of which 799 are sent",
        ),
        ("SES daily quota", {"daily": 1000.0, "sent": 800.0}, CheckState.WARNING, "of which 800 are sent"),
        ("SES suppression", {"suppressed": ("BOUNCE",)}, CheckState.WARNING, "suppressed after bounce"),
        ("SES suppression", {"suppressed": ()}, CheckState.WARNING, "suppressed after nothing"),
    ],
)
def test_what_ses_says_of_the_account(check: str, changes: dict[str, Any], state: CheckState, says: str) -> None:
    found = found_by(MAIL, NewAccount(**changes))[check]

    assert found.state is state
    assert says in found.found


@pytest.mark.parametrize("identity", ["no-reply@mail.taly.dev", "mail.taly.dev", "taly.dev"])
def test_an_address_its_domain_or_a_parent_domain_verifies_the_sender(identity: str) -> None:
    account = NewAccount()
    account.verify_identity(identity)

    found = found_by(SENDER, account)

    assert {each.state for each in found.values()} == {CheckState.OK}
    assert found["SES sender"].found == f"{identity} is verified"


def test_a_top_level_domain_is_no_identity() -> None:
    account = NewAccount()
    account.verify_identity("dev")

    assert found_by(SENDER, account)["SES sender"].state is CheckState.FAILED


def test_an_address_that_is_not_verified_goes_before_its_verified_domain() -> None:
    account = NewAccount()
    account.verify_identity("mail.taly.dev")
    account.identities["no-reply@mail.taly.dev"] = {"VerifiedForSendingStatus": False, "VerificationStatus": "PENDING"}

    found = found_by(SENDER, account)["SES sender"]

    assert (found.state, found.found) == (CheckState.FAILED, "no-reply@mail.taly.dev is not verified (PENDING)")


def test_mail_without_a_signature_is_a_warning() -> None:
    account = NewAccount()
    account.verify_identity("mail.taly.dev", DkimAttributes=UNSIGNED)

    assert found_by(SENDER, account)["SES DKIM"].state is CheckState.WARNING


def test_a_default_configuration_set_is_named() -> None:
    account = NewAccount()
    account.verify_identity("mail.taly.dev", ConfigurationSetName="all-mail")

    assert "its configuration set is all-mail" in found_by(SENDER, account)["SES sender"].found


@pytest.mark.parametrize(
    ("attributes", "state", "found"),
    [
        ({}, CheckState.FAILED, "$1 a month"),
        ({"MonthlySpendLimit": "1"}, CheckState.FAILED, "$1 a month"),
        ({"MonthlySpendLimit": "0"}, CheckState.FAILED, "$0 a month"),
        ({"MonthlySpendLimit": "1.5"}, CheckState.OK, "$1.5 a month"),
        ({"MonthlySpendLimit": "10000"}, CheckState.OK, "$10,000 a month"),
    ],
)
def test_a_dollar_of_texts_a_month_is_too_little(attributes: dict[str, str], state: CheckState, found: str) -> None:
    limit = found_by(TEXTS, NewAccount(sms_attributes=attributes))["SMS spend limit"]

    assert (limit.state, limit.found) == (state, found)


@pytest.mark.parametrize(
    ("text_alarm", "state", "remedy"),
    [
        (80, CheckState.OK, ""),
        (50, CheckState.OK, ""),
        (0.8, CheckState.WARNING, 'set "text_budget": 100 of the stage in cdk.json'),
        (100, CheckState.FAILED, 'set "text_budget": 100 of the stage in cdk.json'),
        (400, CheckState.FAILED, 'set "text_budget": 100 of the stage in cdk.json'),
    ],
)
def test_the_alarm_on_the_budget_goes_off_before_sns_stops(text_alarm: float, state: CheckState, remedy: str) -> None:
    account = NewAccount(sms_attributes={"MonthlySpendLimit": "100"})

    found = run(account.read_for(assembly_of(text_alarm=text_alarm)), {"SMS spend limit": CHECKS["SMS spend limit"]})

    budget = next(each for each in found if each.check == "SMS budget")
    assert (budget.state, budget.remedy) == (state, remedy)


def number(country: str, status: str = "ACTIVE", capability: str = "SMS") -> dict[str, Any]:
    return {"Iso2CountryCode": country, "Status": status, "NumberCapabilities": [capability]}


@pytest.mark.parametrize(
    ("numbers", "state"),
    [
        ([number("DE") | {"PhoneNumber": "+4930901820"}], CheckState.OK),
        ([number("DE", "PENDING") | {"PhoneNumber": "+4930901820"}], CheckState.FAILED),
        ([number("DE") | {"PhoneNumber": "+4930901821"}], CheckState.FAILED),
        ([], CheckState.FAILED),
    ],
)
def test_the_stages_number_must_be_an_active_one(numbers: list[dict[str, Any]], state: CheckState) -> None:
    here = NewAccount(numbers=numbers).read_for(assembly_of(number="+4930901820"))

    (found,) = run(here, {"SMS origination numbers": CHECKS["SMS origination numbers"]})

    assert found.state is state
    assert ("+4930901820 is no active number" in found.found) is (state is CheckState.FAILED)


def test_countries_with_an_active_number_are_listed() -> None:
    account = NewAccount(numbers=[number("US"), number("CA"), number("US"), number("DE", "PENDING")])

    found = found_by(TEXTS, account)["SMS origination numbers"]

    assert found.state is CheckState.OK
    assert found.found.startswith("CA, US; ")


@pytest.mark.parametrize("numbers", [[], [number("US", "PENDING")], [number("US", capability="VOICE")]])
def test_without_an_active_number_some_countries_get_no_text(numbers: list[dict[str, Any]]) -> None:
    assert found_by(TEXTS, NewAccount(numbers=numbers))["SMS origination numbers"].state is CheckState.WARNING
