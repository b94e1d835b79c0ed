"""`preflight`: run all checks in parallel, then the drill if nothing failed."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ops.preflight import deployment, environment, mail, quotas, texts
from ops.preflight.assembly import assembly
from ops.preflight.assumptions import by_hand
from ops.preflight.check_result import CheckResult, CheckState, failed, has_failed, is_deployed, is_known, not_yet, ok
from ops.preflight.reading import Account, UnreadError
from ops.preflight.verifications import VERIFICATIONS
from ops.preflight.view import records, summary, text, text_of, verification_text
from ops.stage.aws_errors import AwsError, aws_failures_as_sentences
from ops.stage.deployed import LOCAL, DeployedStage
from ops.status.drill import drill
from ops.terminal.errors import OperatorError
from ops.terminal.interrupts import abandoning_threads
from ops.terminal.output import console, is_json, notes, show

Check = Callable[[Account], Iterator[CheckResult]]

CHECKS: Mapping[str, Check] = {
    "account": environment.account,
    "region": environment.region,
    "cdk bootstrap": environment.bootstrap,
    "Lambda concurrency": environment.concurrency,
    "other functions": environment.other_functions,
    "quotas": quotas.counts,
    "rates": quotas.rates,
    "SES account": mail.sending,
    "SES sender": mail.sender,
    "SMS sandbox": texts.sandbox,
    "SMS spend limit": texts.spend_limit,
    "SMS origination numbers": texts.origination_numbers,
    "stacks": deployment.stacks,
    "queues of functions": deployment.mappings,
    "mail of topics": deployment.subscriptions,
    "secrets": deployment.secrets,
}
"""The checks in the order of the report: what takes days to get first, then what a deploy creates."""

DRILL_SECONDS = 300
"""Seconds for which the drill waits for its alert."""

_PARALLEL_CALLS = 8


def preflight(stage: DeployedStage, *, with_drill: bool = True, verify: bool = False) -> bool:
    """Check a stage's account, before and after a deploy; return whether nothing failed and everything could be read.

    Args:
        stage: the stage.
        with_drill: whether to end with a drill if the stage is deployed and nothing failed.
        verify: whether to settle the assumptions of `docs/aws-assumptions.md` that calls can settle.

    Raises:
        OperatorError: the stage is on the emulator, cannot be synthesized, or AWS cannot be called.
    """
    if stage.name == LOCAL:
        raise OperatorError("stage local runs on the emulator, which has no quotas: preflight is for stages in AWS")
    require_credentials(stage.client("sts"))
    with notes.status(f"Synthesizing stage {stage.name} …"):
        here = Account.connect(assembly(stage.name), stage.client)
    run_drill = (lambda: drill(stage, DRILL_SECONDS)) if with_drill else None
    return report(here, run_drill=run_drill, verify=verify)


def report(here: Account, *, run_drill: Callable[[], bool] | None, verify: bool) -> bool:
    """Check an account for a stage that is synthesized, and print the results.

    Return whether nothing failed, and every check could be read: only evidence makes a stage sound. A verification that
    finds no evidence yet does not count.

    Args:
        here: the account.
        run_drill: runs a drill and returns whether its alert was sent; None: no drill.
        verify: whether to run the verifications.

    Raises:
        OperatorError: AWS cannot be called.
    """
    with notes.status(f"Reading the account of stage {here.assembly.stage} …"):
        findings = run(here, CHECKS)
        verified = run(here, VERIFICATIONS) if verify else []
    show(text(here, findings), records(findings))
    if verify:
        show(verification_text(here, verified, by_hand()), records(verified))
    drilled = [_drill(here, findings, run_drill)] if run_drill else []
    show(text_of(drilled), records(drilled))
    found = [*findings, *verified, *drilled]
    show([summary(found)], ())
    return not has_failed(found) and is_known([*findings, *drilled])


def require_credentials(sts: Any) -> None:
    """Make one call that needs no permission: without valid credentials, every check would say so.

    Raises:
        AwsError: there are no valid credentials, or AWS cannot be reached.
    """
    try:
        with aws_failures_as_sentences():
            sts.get_caller_identity()
    except AwsError as error:
        if not error.denied:
            raise


def run(here: Account, checks: Mapping[str, Check]) -> list[CheckResult]:
    """Run checks in parallel; returns their findings in the order of the checks."""
    with abandoning_threads(), ThreadPoolExecutor(_PARALLEL_CALLS, thread_name_prefix="preflight") as pool:
        return [each for found in pool.map(lambda item: _run(here, *item), checks.items()) for each in found]


def _run(here: Account, name: str, check: Check) -> list[CheckResult]:
    """Run a check; what it found before a call was refused is kept."""
    findings: list[CheckResult] = []
    try:
        findings.extend(check(here))
    except UnreadError as error:
        findings.append(unread(name, error))
    return findings


def unread(name: str, error: UnreadError) -> CheckResult:
    """Return the finding of a check whose call was refused or not answered."""
    return CheckResult(
        check=name,
        state=CheckState.UNKNOWN,
        found=str(error),
        meaning="Whether it is as it should be is not known",
        remedy=f"allow {error.action}, then run preflight again" if error.denied else "run preflight again in a minute",
    )


def _drill(here: Account, findings: list[CheckResult], run_drill: Callable[[], bool]) -> CheckResult:
    name = "drill"
    if not is_deployed(findings):
        return not_yet(name, "it runs once the stage is deployed")
    if has_failed(findings):
        return not_yet(name, "it runs once nothing above has failed")
    try:
        is_sent = _sends_alert(run_drill)
    except OperatorError as error:
        run_it = f"taly-async drill --stage {here.assembly.stage}"
        return CheckResult(
            check=name,
            state=CheckState.UNKNOWN,
            found=str(error),
            meaning="Whether a message that fails raises its alert is not known",
            remedy=f"{run_it}, with credentials that may; or preflight --no-drill leaves it out",
        )
    if is_sent:
        return ok(name, "a message that was made to fail raised its alert")
    return failed(
        name,
        f"the alert did not arrive within {DRILL_SECONDS} s",
        "No message that fails would raise its alert",
        f"taly-async drill --stage {here.assembly.stage} shows which hop is missing, and where to look",
    )


def _sends_alert(run_drill: Callable[[], bool]) -> bool:
    """Run the drill; its output goes to standard error if standard output is for JSON."""
    if not is_json():
        return run_drill()
    with console.capture() as captured:
        is_sent = run_drill()
    notes.print(captured.get(), markup=False, end="")
    return is_sent
