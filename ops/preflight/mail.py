"""Checks of SES: whether the account may send, how fast, and from the stage's sender."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ops.preflight.check_result import CheckResult, failed, ok, warning
from ops.preflight.reading import AbsentError, Account

_SUPPRESSED = frozenset({"BOUNCE", "COMPLAINT"})

_NEARLY_USED = 0.8
"""Share of a day's quota that is worth a warning."""

_UNLIMITED = -1
"""`Max24HourSend` of an account without a daily quota (SES API v2, SendQuota)."""

Say = Callable[[str, str, str, str], CheckResult]


def grave(here: Account) -> Say:
    """Return what a limit of new accounts is: a failure for a stage that keeps its data, a warning for one to try."""
    return failed if here.assembly.retains else warning


def sending(here: Account) -> Iterator[CheckResult]:
    """Check that the account is out of the sandbox, may send, and sends as fast as the stage declares."""
    found = here.read("ses:GetAccount")
    yield _production_access(here, found)
    yield _enforcement(here, found)
    yield _rate(here, found.get("SendQuota", {}))
    yield _daily_quota(found.get("SendQuota", {}))
    yield _suppression(here, found)


def _production_access(here: Account, found: Mapping[str, Any]) -> CheckResult:
    name = "SES production access"
    if found.get("ProductionAccessEnabled"):
        return ok(name, "out of the sandbox")
    review = found.get("Details", {}).get("ReviewDetails", {}).get("Status", "")
    asked = f", and the request for production access is {review.lower()}" if review else ""
    return grave(here)(
        name,
        f"the account is in the sandbox{asked}",
        "Mail reaches verified addresses alone; customers get none, and their mails wait as `unavailable`",
        "aws sesv2 put-account-details --production-access-enabled --mail-type TRANSACTIONAL --website-url URL "
        f'--use-case-description "WHO GETS WHICH MAIL" --region {here.region}',
    )


def _enforcement(here: Account, found: Mapping[str, Any]) -> CheckResult:
    name, status = "SES reputation", found.get("EnforcementStatus", "HEALTHY")
    if not found.get("SendingEnabled"):
        return failed(
            name,
            "sending is switched off for the account",
            "All mails wait, and are dead-lettered after 36 hours",
            f"aws sesv2 put-account-sending-attributes --sending-enabled --region {here.region}; "
            "if AWS switched it off, answer its case",
        )
    if status == "SHUTDOWN":
        return failed(
            name,
            "SES has paused the account (SHUTDOWN)",
            "All mails wait, and are dead-lettered after 36 hours",
            "answer the case in the AWS Support Center",
        )
    if status != "HEALTHY":
        return warning(
            name, f"the account is under review ({status})", "SES may pause sending", "answer the support case"
        )
    return ok(name, "healthy")


def _rate(here: Account, quota: Mapping[str, float]) -> CheckResult:
    name, declared, most = "SES rate", here.assembly.mail_rate, quota.get("MaxSendRate", 0.0)
    if declared <= most:
        return ok(name, f"{most:g} mails a second, and mail_rate is {declared:g}")
    return grave(here)(
        name,
        f"{most:g} mails a second, and mail_rate is {declared:g}",
        "Under load SES refuses the difference: those mails are deferred, and come later than need be",
        f'set "mail_rate": {most:g} of the stage in cdk.json, or request a higher sending rate in Service Quotas',
    )


def _daily_quota(quota: Mapping[str, float]) -> CheckResult:
    name, most, sent = "SES daily quota", quota.get("Max24HourSend", 0.0), quota.get("SentLast24Hours", 0.0)
    if most == _UNLIMITED:
        return ok(name, "none")
    found = f"{most:,.0f} mails in 24 hours, of which {sent:,.0f} are sent"
    if sent < most * _NEARLY_USED:
        return ok(name, found)
    return warning(
        name,
        found,
        "Beyond it mails wait until the next day",
        "request a higher daily sending quota of SES in Service Quotas",
    )


def _suppression(here: Account, found: Mapping[str, Any]) -> CheckResult:
    name, reasons = "SES suppression", set(found.get("SuppressionAttributes", {}).get("SuppressedReasons", ()))
    if reasons >= _SUPPRESSED:
        return ok(name, "addresses that bounced or complained get no more mail")
    return warning(
        name,
        f"addresses are suppressed after {' and '.join(sorted(reasons)).lower() or 'nothing'}",
        "Mail to the others goes on, and its bounces and complaints can make SES pause the account",
        f"aws sesv2 put-account-suppression-attributes --suppressed-reasons BOUNCE COMPLAINT --region {here.region}",
    )


def sender(here: Account) -> Iterator[CheckResult]:
    """Check that an identity of the sender is verified and signs.

    A domain's verification covers its subdomains and all addresses (SES, "Verified identities"). An address that is an
    identity of its own goes before its domain.
    """
    name, address = "SES sender", here.assembly.mail_sender
    if not address:
        yield ok(name, "the stage sends no mail")
        return
    for identity in _identities(address):
        try:
            found = here.read("ses:GetEmailIdentity", EmailIdentity=identity)
        except AbsentError:
            continue
        yield from _verified(here, name, identity, found)
        return
    domain = address.partition("@")[2]
    yield failed(
        name,
        f"there is no identity for {domain}",
        "SES refuses every mail",
        f"aws sesv2 create-email-identity --email-identity {domain} --region {here.region}, then publish the CNAME "
        "records that it returns",
    )


def _verified(here: Account, name: str, identity: str, found: Mapping[str, Any]) -> Iterator[CheckResult]:
    show = f"aws sesv2 get-email-identity --email-identity {identity} --region {here.region}"
    records = f"publish the CNAME records of `{show}`"
    if not found.get("VerifiedForSendingStatus"):
        status = found.get("VerificationStatus", "PENDING")
        remedy = f"follow the link in the mail that SES sent to {identity}" if "@" in identity else records
        yield failed(name, f"{identity} is not verified ({status})", "SES refuses every mail", remedy)
        return
    default = found.get("ConfigurationSetName")
    yield ok(name, f"{identity} is verified{f'; its configuration set is {default}' if default else ''}")
    dkim = found.get("DkimAttributes", {})
    if dkim.get("SigningEnabled") and dkim.get("Status") == "SUCCESS":
        yield ok("SES DKIM", "mails are signed")
    else:
        yield warning(
            "SES DKIM",
            f"mails are not signed ({dkim.get('Status', 'NOT_STARTED')})",
            "Gmail and Yahoo refuse unsigned mail of bulk senders, and others sort it out as spam",
            records,
        )


def _identities(address: str) -> Iterator[str]:
    """The identities that allow an address, the most specific first."""
    yield address
    domain = address.partition("@")[2]
    while "." in domain:
        yield domain
        domain = domain.partition(".")[2]
