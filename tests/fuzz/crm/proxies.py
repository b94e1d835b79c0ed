"""Let proxies answer each call of the CRM, and check that nothing is done, or taken for done, that the CRM did not say.

The response is read by the real HTTP layer, from bytes. The oracle is the table of the agreed answers, with a JSON
reader of its own. One exception: `GET /internal/payments/{id}` has no field that must be there, so any JSON object with
200 is an answer. It is harmless: of a payment about which nothing is known, nobody charges anything.

The message is alone. So where nobody knows whose fault it is, the probe's answer decides whether an attempt is spent.
"""

import io
import json
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import suppress
from http.client import HTTPException
from typing import Any

from lambdas.common.clients.crm_responses import MAX_ANSWER
from lambdas.common.clients.http.errors import NoResponseError
from lambdas.common.clients.http.response import FinalResponse, HttpResult, read_body
from schemas.catalogue import BY_NAME
from schemas.reasons import Outcome, Reason
from tests.fakes.crm import answer
from tests.fuzz.crm.calls import CALLS, ERRORS, Call, Expected, Meaning
from tests.fuzz.crm.delivery import Delivered, deliver
from tests.fuzz.crm.responses import CANARY, Case, read_case
from tests.fuzz.crm.scenarios import Json, admins

_NO_BODY = {101, 204, 304}
_DEEP = 150
"""Levels from which readers of JSON differ."""


class _NoJsonError(ValueError):
    """Readers of JSON differ about the text."""


def _no_constant(name: str) -> None:
    raise _NoJsonError(name)


def meanings(call: Call, case: Case) -> tuple[Collection[Meaning], Json]:
    """Return what a response says by the agreed table, and its body; two meanings where no rule decides."""
    nothing = _nothing(case)
    body = b"" if case.status in _NO_BODY else case.body.encode("latin-1")
    has_type = case.content_type.partition(";")[0].strip().lower() == "application/json"
    if case.framing == "cut" and case.status not in _NO_BODY:
        return {Meaning.UNCLEAR}, {}
    if not has_type or case.coding.lower() not in {"", "identity"} or case.status < 200:
        return nothing, {}
    try:
        document = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
        is_sure = not _is_odd(body)
    except (ValueError, RecursionError):
        document, is_sure = _read_by_others(body), False
        if document is None:
            return nothing, {}
    if not isinstance(document, dict):
        return nothing, {}
    said = _said(call, case.status, document) or nothing
    return (said if is_sure else {*said, *nothing}), document


def _nothing(case: Case) -> Collection[Meaning]:
    """Return what a response says that is not the CRM's; after an interim one, the final one is missing."""
    is_unclear = case.status >= 500 or case.status == 408 or (case.status < 200 and case.status != 101)
    return {Meaning.UNCLEAR if is_unclear else Meaning.UNAVAILABLE}


def _is_odd(body: bytes) -> bool:
    """Whether readers of JSON differ about a text: depth, halves of surrogate pairs, large numbers, names twice."""
    depth = max(body.count(b"["), body.count(b"{"))
    names: list[str] = []

    def noted(pairs: list[tuple[str, Any]]) -> None:
        names.extend(["twice"] if len(dict(pairs)) < len(pairs) else [])

    json.loads(body, object_pairs_hook=noted)
    return depth > _DEEP or b"\\ud" in body.lower() or bool(names) or len(body) > MAX_ANSWER


def _read_by_others(body: bytes) -> Any:
    """Read what is no JSON by its standard, but is for some readers: a byte order mark, UTF-16, NaN; None if not."""
    with suppress(ValueError, RecursionError):
        return json.loads(body)
    with suppress(ValueError, RecursionError):
        return json.loads(body.decode("utf-8-sig", errors="replace"))
    return None


def _said(call: Call, status: int, document: Json) -> Collection[Meaning]:
    """Return what an object in JSON says; nothing where it is not agreed."""
    if not 200 <= status < 300:
        error = document.get("error")
        meaning = ERRORS.get((status, error)) if isinstance(error, str) else None
        return {meaning} if meaning in call.errors and meaning else ()
    if not call.is_read:
        return {Meaning.DONE} if document.get("result") == "done" or not document else ()
    if document.items() >= call.agreed.items() or not call.needed:
        return {Meaning.FOUND}
    if all(isinstance(document.get(name), kind) for name, kind in call.needed.items()):
        return {Meaning.ANOTHER}
    return ()


class _Socket:
    """The part of a socket that http.client reads."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)


def received(data: bytes, method: str) -> HttpResult | Exception:
    """Read a response from bytes, as the HTTP client does."""
    socket: Any = _Socket(data)
    response = FinalResponse(socket, method=method)
    try:
        response.begin()
        return HttpResult(response.status, response.headers, read_body(response, MAX_ANSWER))
    except (HTTPException, OSError) as error:
        return NoResponseError(type(error).__name__)
    finally:
        response.close()


_PROBE = "/internal/health"
_OTHERS: Mapping[str, Json] = {"/payments/": {"status": "open"}, "/admins": admins(2), _PROBE: {"status": "ok"}}
"""What the CRM itself answers to the function's other calls."""

_NO_ATTEMPT = {Meaning.UNAVAILABLE, Meaning.UNCLEAR}


def check(text: str) -> Counter[str]:
    """Run a case.

    Raises:
        AssertionError: the message became something else than the CRM said.
    """
    case = read_case(text)
    if case is None:
        return Counter(["no case"])
    call = CALLS[case.call]
    event_type = BY_NAME[call.message["type"]]
    attempt = event_type.max_attempts if case.is_last else 1
    said, document = meanings(call, case)

    def answering(method: str, url: str) -> HttpResult | Exception:
        if call.path in url or (_PROBE in url and not case.is_well):
            return received(case.on_the_wire(), method)
        return answer(200, next(body for part, body in _OTHERS.items() if part in url))

    delivered = deliver(event_type.name, json.dumps({**call.message, "attempts": attempt}), answering)
    try:
        _check_requests(call, case, said, delivered)
        assert CANARY not in delivered.log, "the log shows the body"
        if Meaning.ANOTHER not in said:
            _check(call, case, said, document, delivered)
    except AssertionError as error:
        error.add_note(f"{case} says {said}, of which came {dict(delivered.line)}")
        raise
    return Counter([f"{' or '.join(sorted(each.name for each in said))}, {delivered.outcome}"])


def _check(call: Call, case: Case, said: Collection[Meaning], document: Json, delivered: Delivered) -> None:
    expected = [_expected(call, case, meaning, document) for meaning in said]
    assert delivered.outcome in {each.outcome for each in expected}, f"{delivered.outcome}, which nobody said"
    if len(said) == 1:
        assert sorted(delivered.units) == sorted(expected[0].units), "another was served than the CRM said"
    if delivered.outcome in {Outcome.RETRYING, Outcome.DEFERRED}:
        attempt = BY_NAME[call.message["type"]].max_attempts if case.is_last else 1
        (copy,) = delivered.copies
        spent = 1 if delivered.outcome == Outcome.RETRYING else 0
        assert copy["attempts"] == attempt + spent, "the copy has another number of attempts"
    if _NO_ATTEMPT.issuperset(said):
        if delivered.outcome == Outcome.DEFERRED:
            assert delivered.line["destination"] == "crm", "the line does not say what it waits for"
        if delivered.outcome == Outcome.DEAD_LETTERED:
            assert delivered.line["reason"] == Reason.ATTEMPTS_EXHAUSTED, "it is given up for another reason"


def _expected(call: Call, case: Case, meaning: Meaning, document: Json) -> Expected:
    if meaning is Meaning.UNAVAILABLE or (meaning is Meaning.UNCLEAR and not case.is_well):
        return Expected("deferred")
    if meaning is Meaning.UNCLEAR:
        return Expected("dead_lettered" if case.is_last else "retrying")
    return call.becomes(meaning, document, case.is_last)


def _check_requests(call: Call, case: Case, said: Collection[Meaning], delivered: Delivered) -> None:
    """Check that no redirect was followed, that only a refused token makes a call again, and who is probed."""
    assert all(each["url"].startswith("https://crm.test/internal/") for each in delivered.requests)
    count = sum(call.path in each["url"] for each in delivered.requests)
    is_refused = case.status == 401 and case.framing != "cut"
    assert count == (2 if is_refused else 1), f"{count} requests"
    probes = sum(each["url"].endswith(_PROBE) for each in delivered.requests)
    assert probes in {_probes(case, meaning) for meaning in said} or Meaning.ANOTHER in said, f"{probes} probes"


def _probes(case: Case, meaning: Meaning) -> int:
    """Return how often the CRM is asked whether it is well: once where its word is missing, unless it throttles."""
    return int(meaning is Meaning.UNCLEAR or (meaning is Meaning.UNAVAILABLE and case.status != 429))
