"""Seeded faults: each is a small change of one function of the code, made in memory and taken back.

A harness that cannot find them finds nothing else. Each must be a fault that a change of the code could bring.
"""

import ast
import importlib
import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from types import CodeType, FunctionType
from typing import Any, NamedTuple


class Mutant(NamedTuple):
    """A fault."""

    about: str
    function: str
    """Module and name, such as `lambdas.common.clients.crm:Crm._find`."""

    old: str
    """A part of the function's source that is there once."""

    new: str


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """Change the function's code within the block, for all who hold the function, pydantic's validators among them."""
    function = _function(mutant)
    usual = function.__code__
    function.__code__ = _code(function, mutant)
    try:
        yield
    finally:
        function.__code__ = usual


def _function(mutant: Mutant) -> FunctionType:
    module, _, name = mutant.function.partition(":")
    found: Any = reduce(getattr, name.split("."), importlib.import_module(module))
    assert isinstance(found, FunctionType), mutant.function
    return found


def _code(function: FunctionType, mutant: Mutant) -> CodeType:
    """Compile the function's changed source."""
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(mutant.old) == 1, f"{mutant.function} has not once: {mutant.old}"
    definition = ast.parse(source.replace(mutant.old, mutant.new)).body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list = []
    within = ast.ClassDef("Mutated", bases=[], keywords=[], body=[definition], decorator_list=[])  # for `super()`
    names: dict[str, type] = {}
    exec(compile(ast.fix_missing_locations(ast.Module([within], [])), "<mutant>", "exec"), function.__globals__, names)  # noqa: S102 our own source
    mutated: Any = vars(names["Mutated"])[definition.name]
    assert isinstance(mutated, FunctionType)
    return mutated.__code__


_READING = "schemas.tolerant_reading"
_VALUES = "schemas.crm_values"
_CRM = "lambdas.common.clients.crm"
_RESPONSES = "lambdas.common.clients.crm_responses"
_JUDGEMENT = "lambdas.common.availability.judgement"

IN_READING = (
    Mutant(
        "an odd row refuses its list",
        f"{_READING}:_dispensable",
        "found = loc[:depth]\n            continue",
        "continue",
    ),
    Mutant(
        "an odd phone number costs the email too",
        f"{_READING}:_dispensable",
        "if not field.is_required():",
        "if not field.is_required() and not found:",
    ),
    Mutant(
        "separators make a phone number unreadable",
        f"{_VALUES}:phone_number",
        '_SEPARATORS.sub("", value.replace(_TRUNK_ZERO, ""))',
        "value",
    ),
    Mutant(
        "an internationalised domain makes an address unreadable",
        "schemas.email_domains:ascii_address",
        "domain.encode('idna')",
        "domain.encode('ascii')",
    ),
    Mutant(
        "a POSIX locale is unreadable",
        f"{_VALUES}:language_tag",
        '_CHARSET.sub("", ',
        "str(",
    ),
    Mutant("an id in capitals is another's", f"{_VALUES}:lowered", ".lower()", ""),
    Mutant("null is named as if it were odd", f"{_READING}:_says_nothing", "is None", "is False"),
    Mutant(
        "what was left out is not named",
        "lambdas.common.batch.planning:FollowUpPlan.add",
        "self._left_out.append(follow_up.sentence)",
        "pass",
    ),
    Mutant(
        "a sentence about what was left out shows the value",
        f"{_READING}:_named",
        "problem.sentence()",
        "problem.sentence(reveal=True)",
    ),
    Mutant(
        "of rows that repeat each other none is served",
        f"{_READING}:_removals",
        'in details["ctx"]["rows"]:',
        "in range(len(_at(document, details['loc']))):",
    ),
    Mutant(
        "a customer whose address and number are unreadable is skipped",
        "lambdas.appointment_reminder.handler:_contacts",
        "if wanted and (unreadable := appointment.unreadable_contacts(wanted)):",
        "if False:",
    ),
    Mutant(
        "admins who cannot be read are taken for none",
        "lambdas.common.emails.admins:mail_admins",
        "if not wanting and company.rows_left_out:",
        "if False:",
    ),
    Mutant(
        "an endpoint that cannot be read is taken for deleted",
        "lambdas.webhook_deliver.handler:handler.decide",
        "if endpoint is None and company.rows_left_out:",
        "if False:",
    ),
    Mutant(
        "a time zone that does not exist fails the reminder",
        "lambdas.common.texts.time_zones:_found",
        "if known else UTC",
        "if known else ZoneInfo(name)",
    ),
)
"""Faults in reading what the CRM answered, and in what becomes of it."""

IN_BELIEVING = (
    Mutant(
        "the content type is not looked at", f"{_RESPONSES}:problem_of", "if content_type != CONTENT_TYPE:", "if False:"
    ),
    Mutant(
        "404 is believed without its body",
        f"{_RESPONSES}:error_of",
        "error = error_in(response.data)",
        "error = agreed[0] if response.status == 404 else error_in(response.data)",
    ),
    Mutant(
        "an error counts with another status",
        f"{_RESPONSES}:error_of",
        "[error for error in expected if error.status == response.status]",
        "list(expected)",
    ),
    Mutant(
        "a redirect counts as success",
        f"{_RESPONSES}:error_of",
        "< HTTPStatus.MULTIPLE_CHOICES",
        "< HTTPStatus.BAD_REQUEST",
    ),
    Mutant(
        "any 2xx answer says that a write was done",
        "schemas.crm_answers:says_done",
        "_is_a(CrmNothing, body)",
        "bool(body)",
    ),
    Mutant("what is being done counts as done before", f"{_CRM}:Crm._write", "raise NotNowError(", "raise Skip("),
    Mutant(
        "a declined charge is dead-lettered",
        f"{_CRM}:Crm._write",
        "case CrmError.REFUSED:",
        "case CrmError.REFUSED | CrmError.DECLINED:",
    ),
    Mutant(
        "a decline is an answer to every write",
        f"{_CRM}:Crm._write",
        "request, errors)",
        "request, TO_PAYMENTS)",
    ),
    Mutant(
        "what the CRM refuses for good is tried again",
        f"{_CRM}:Crm._find",
        "raise crm_responses.refused(request)",
        'raise RetryableError("refused")',
    ),
    Mutant(
        "a body that breaks the contract says that nothing was found",
        f"{_CRM}:Crm._find",
        "raise crm_responses.not_its_word(response, request, why) from None",
        "return None",
    ),
    Mutant(
        "an appointment that is not there yet is skipped at once",
        "lambdas.appointment_created.handler:handler.decide",
        "if appointment.attempts >= APPOINTMENT_CREATED.max_attempts:",
        "if True:",
    ),
    Mutant(
        "what a proxy answers costs an attempt",
        f"{_RESPONSES}:not_its_word",
        "if status >= HTTPStatus.INTERNAL_SERVER_ERROR or",
        "if status >= HTTPStatus.OK or",
    ),
    Mutant(
        "a failure of the CRM costs an attempt although it is not well",
        f"{_JUDGEMENT}:Judge.is_attempt",
        "return bool(is_well)",
        "return True",
    ),
    Mutant(
        "a failure of the CRM never costs an attempt",
        f"{_JUDGEMENT}:Judge.is_attempt",
        "return bool(is_well)",
        "return False",
    ),
    Mutant(
        "a proxy that answers the probe says that the CRM is well",
        f"{_CRM}:Crm.is_well",
        "return is_its_own and says_well(response.data)",
        "return True",
    ),
    Mutant(
        "an interim response counts as the final one",
        "lambdas.common.clients.http.response:FinalResponse._read_status",
        "if status >= HTTPStatus.OK",
        "if status > HTTPStatus.CONTINUE",
    ),
    Mutant(
        "a body that was cut off counts as whole",
        "lambdas.common.clients.http.response:read_body",
        "if response.length and len(body) <= limit:",
        "if False:",
    ),
)
"""Faults in telling the CRM's word from that of a proxy, and in what becomes of a message without it."""
