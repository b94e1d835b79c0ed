"""Checks of quotas: those of EventBridge that differ by region, against what the stage needs.

Codes: EventBridge User Guide, "Amazon EventBridge quotas". Other quotas that `taly-async limits` computes cannot be
reached before these, or Service Quotas does not have them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ops.cost import quotas
from ops.cost.assumptions import Assumptions
from ops.cost.limits import bounds
from ops.preflight.assembly import Assembly
from ops.preflight.check_result import CheckResult, failed, ok, warning
from ops.preflight.reading import AbsentError, Account

_RULES, _PATTERN = "L-244521F2", "L-664C5505"

_RATES = {quotas.PUT_EVENTS.name: "L-9B653E91", quotas.TARGETS.name: "L-5540C5E3"}
"""Codes by the name of the quota as `taly-async limits` shows it."""


@dataclass(frozen=True, kw_only=True)
class QuotaNeed:
    """The stage's need of a countable quota."""

    name: str
    code: str
    amount: int
    meaning: str


def counts(here: Account) -> Iterator[CheckResult]:
    """Compare the rules of the bus, and their longest pattern, with what EventBridge accepts: a deploy fails beyond."""
    for need in _needs(here.assembly):
        name = f"quota: {need.name}"
        try:
            value = _value(here, need.code)
        except AbsentError:
            yield _unlisted(here, name, need.code)
            continue
        found = f"{value:,.0f}, and the stage needs {need.amount:,}"
        yield (
            ok(name, found)
            if need.amount <= value
            else failed(name, found, need.meaning, _request(here, need.code, need.amount))
        )


def rates(here: Account) -> Iterator[CheckResult]:
    """Compare the region's rates of EventBridge with what the stage's own settings let through."""
    found = bounds(here.assembly.sizes, Assumptions())
    own = min(each.rate for each in found if not each.is_aws)
    for bound in found:
        if bound.name not in _RATES:
            continue
        code, name = _RATES[bound.name], f"quota: {bound.name}"
        try:
            value = _value(here, code)
        except AbsentError:
            yield _unlisted(here, name, code)
            continue
        allowed = value / bound.share
        what = (
            f"{value:,.0f} {bound.unit}, which allows {allowed:,.0f} events a second; the stage's settings {own:,.0f}"
        )
        yield (
            ok(name, what)
            if allowed >= own
            else warning(
                name,
                what,
                "Beyond it events are deferred or delayed, not lost",
                _request(here, code, round(own * bound.share)),
            )
        )


def _needs(assembly: Assembly) -> tuple[QuotaNeed, ...]:
    refused = "CloudFormation cannot create them: the deploy fails"
    return (
        QuotaNeed(name="rules on a bus", code=_RULES, amount=assembly.rules, meaning=refused),
        QuotaNeed(name="characters of a pattern", code=_PATTERN, amount=assembly.longest_pattern, meaning=refused),
    )


def _value(here: Account, code: str) -> float:
    """The account's value of a quota of EventBridge; the default, if the account has none of its own."""
    try:
        found = here.read("servicequotas:GetServiceQuota", ServiceCode="events", QuotaCode=code)
    except AbsentError:
        found = here.read("servicequotas:GetAWSDefaultServiceQuota", ServiceCode="events", QuotaCode=code)
    return float(found["Quota"]["Value"])


def _unlisted(here: Account, name: str, code: str) -> CheckResult:
    """Return the finding for a quota that Service Quotas does not have: no later run would read it, either."""
    return warning(
        name,
        f"Service Quotas does not list {code} in {here.region}",
        "What the account may use of it is not known",
        f"see EventBridge's quotas of {here.region} in the AWS General Reference",
    )


def _request(here: Account, code: str, value: int) -> str:
    return (
        "aws service-quotas request-service-quota-increase --service-code events "
        f"--quota-code {code} --desired-value {value} --region {here.region}"
    )
