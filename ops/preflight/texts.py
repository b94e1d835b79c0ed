"""Checks of SNS: whether text messages reach customers. SNS accepts a text that it does not send."""

from collections.abc import Iterator
from decimal import Decimal

from ops.preflight.check_result import CheckResult, failed, ok, warning
from ops.preflight.mail import grave
from ops.preflight.reading import Account

_DEFAULT_LIMIT = Decimal(1)
"""Dollars a month of a new account (SNS, "Requesting increases to your monthly SMS spending quota")."""

_EARLY = Decimal("0.5")
"""Share of the limit below which the alarm on the budget is too early to mean anything."""


def sandbox(here: Account) -> Iterator[CheckResult]:
    """Check that texts may go to all numbers."""
    name = "SMS sandbox"
    if not here.read("sns:GetSMSSandboxAccountStatus")["IsInSandbox"]:
        yield ok(name, "out of the sandbox")
        return
    yield grave(here)(
        name,
        "the account is in the SMS sandbox",
        "Texts reach ten verified numbers at most; customers get none",
        f"request the exit: SNS console, {here.region}, Text messaging (SMS), Exit SMS sandbox",
    )


def spend_limit(here: Account) -> Iterator[CheckResult]:
    """Check that the month's spend limit is more than that of a new account, and that the alarm goes off before it."""
    name = "SMS spend limit"
    attributes = here.read("sns:GetSMSAttributes", attributes=["MonthlySpendLimit"]).get("attributes", {})
    limit = Decimal(attributes.get("MonthlySpendLimit", _DEFAULT_LIMIT))
    if limit > _DEFAULT_LIMIT:
        yield ok(name, f"${limit:,f} a month")
        yield _budget(here, limit)
        return
    say = failed if limit == 0 else grave(here)
    yield say(
        name,
        f"${limit:,f} a month",
        "Beyond it SNS still accepts texts, and sends none, without an error",
        "request a higher account spend threshold of SMS in the AWS Support Center, then "
        f'aws sns set-sms-attributes --attributes "MonthlySpendLimit=DOLLARS" --region {here.region}',
    )


def _budget(here: Account, limit: Decimal) -> CheckResult:
    """Compare the alarm on the budget for texts with the account's limit: the stage's setting is a copy of it."""
    name, threshold = "SMS budget", Decimal(str(here.assembly.text_alarm))
    found = f"the alarm text-budget goes off at ${threshold:,f} of ${limit:,f}"
    if limit * _EARLY <= threshold < limit:
        return ok(name, found)
    remedy = f'set "text_budget": {limit:f} of the stage in cdk.json'
    if threshold < limit:
        return warning(name, found, "It goes off long before SNS stops texts", remedy)
    return grave(here)(name, found, "SNS stops texts before it goes off", remedy)


def origination_numbers(here: Account) -> Iterator[CheckResult]:
    """Check that the account has the stage's number, and list the countries in which it has one.

    The United States, Canada, China, India and others deliver no text without one, or without a registered sender id
    (AWS End User Messaging SMS, "Supported countries and regions for SMS messaging").
    """
    name = "SMS origination numbers"
    numbers = here.read_all("sns:ListOriginationNumbers", "PhoneNumbers")
    active = [each for each in numbers if each.get("Status", "").upper() == "ACTIVE"]
    mine, theirs = here.assembly.origination_number, {each.get("PhoneNumber") for each in active}
    if mine and mine not in theirs:
        yield grave(here)(
            name,
            f"{mine} is no active number of the account",
            "SNS refuses every text that is to be sent from it",
            "request it in the AWS End User Messaging SMS console, Phone numbers; or set another "
            '"sms_origination_number" of the stage in cdk.json, or null',
        )
        return
    countries = sorted({each["Iso2CountryCode"] for each in active if "SMS" in each.get("NumberCapabilities", ())})
    if countries:
        yield ok(name, f"{', '.join(countries)}; other countries get texts from a shared number or a sender id")
        return
    yield warning(
        name,
        f"{len(numbers)} pending, none active" if numbers else "none",
        "Countries that require one, such as the United States, Canada and India, deliver no text",
        "request one for each such country of your customers: AWS End User Messaging SMS console, Phone numbers",
    )
