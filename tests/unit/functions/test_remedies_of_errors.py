"""Each permanent error that a function raises says whose turn it is, and one function says one thing."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import lambdas.common
from lambdas.common.errors import IdConflictError, PermanentError, UnreadableError
from lambdas.system_heartbeat.handler import DrillError
from schemas.reasons import Remedy

_LAMBDAS = Path(lambdas.common.__file__).parents[1]

REMEDIES = {
    "common.batch.planning:_change": Remedy.REDRIVE,
    "common.batch.planning:_declared": Remedy.REDRIVE,
    "common.batch.planning:_emit": Remedy.REDRIVE,
    "common.batch.planning:add": Remedy.REDRIVE,
    "common.clients.aws_errors:_raised": Remedy.MEND,
    "common.clients.crm_responses:refused": Remedy.REDRIVE,
    "common.clients.crm:appointment": Remedy.REDRIVE,
    "common.clients.crm_responses:check_owner": Remedy.DISCARD,
    "email_send.links:check_link": Remedy.MEND,
    "email_send.rendering:_address": Remedy.MEND,
    "email_send.rendering:_part": Remedy.REDRIVE,
    "email_send.rendering:values_of": Remedy.MEND,
    "queue_processor.ingress:check_sender": Remedy.DISCARD,
    "report_ready.handler:handler": Remedy.DISCARD,
    "ses_event.outcomes:_found": Remedy.REDRIVE,
    "ses_event.outcomes:_outcome": Remedy.DISCARD,
    "ses_event.sent:sent_mail": Remedy.DISCARD,
    "sms_send.handler:handler": Remedy.MEND,
    "sms_send.opt_outs:report": Remedy.REDRIVE,
    "stripe_invoice_payment_failed.amounts:amount_owed": Remedy.MEND,
    "stripe_invoice_payment_failed.amounts:minor_units": Remedy.MEND,
    "user_invited.handler:handler": Remedy.DISCARD,
}
"""The remedy by the function that makes the error.

A sender corrects what it published; an operator mends the payload of a job, which this system's own reactions mostly
emit; everything else is ours, or the called system's.
"""


def raised() -> Iterator[tuple[str, str]]:
    """Every permanent error in the code: the function that makes it, and its remedy as written; empty for none."""
    for path in sorted(_LAMBDAS.rglob("*.py")):
        module = ".".join(path.relative_to(_LAMBDAS).with_suffix("").parts)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                for call in ast.walk(function):
                    if isinstance(call, ast.Call) and ast.unparse(call.func) == PermanentError.__name__:
                        stated = [ast.unparse(each.value) for each in call.keywords if each.arg == "remedy"]
                        yield f"{module}:{function.name}", "".join(stated)


def test_every_permanent_error_names_its_remedy() -> None:
    assert [frame for frame, stated in raised() if not stated] == []


def test_a_function_raises_errors_of_one_remedy() -> None:
    found = {(frame, stated) for frame, stated in raised()}

    assert {frame: Remedy[stated.removeprefix("Remedy.")] for frame, stated in found} == REMEDIES
    assert len(found) == len(REMEDIES)


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (PermanentError, Remedy.REDRIVE),
        (UnreadableError, Remedy.REDRIVE),
        (IdConflictError, Remedy.DISCARD),
        (DrillError, Remedy.DISCARD),
    ],
)
def test_a_class_of_errors_has_a_remedy(error: type[PermanentError], remedy: Remedy) -> None:
    assert error.remedy is remedy


def test_every_class_of_permanent_errors_is_known_here() -> None:
    def subclasses(of: type[PermanentError]) -> set[str]:
        return {each.__name__ for each in of.__subclasses__() if each.__module__.startswith("lambdas.")}

    assert subclasses(PermanentError) == {"UnreadableError", "IdConflictError", "DrillError"}
