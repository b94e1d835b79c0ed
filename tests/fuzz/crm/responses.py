"""Responses to calls of the CRM: its own, those of proxies, and its own with one thing changed.

A case is JSON: the call, a response with status, content type, body and its form on the wire, whether it is the
message's last attempt, and who answers the probe.
"""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import cycle
from random import Random
from typing import NamedTuple

from tests.fuzz.crm.calls import CALLS, DONE, ERRORS
from tests.fuzz.crm.scenarios import Json
from tests.fuzz.mutation import mutated

CANARY = "9f31c7"
"""Part of the bodies that must stand in no log."""

FRAMINGS = ("length", "chunked", "close", "cut")


class Case(NamedTuple):
    """One response to one call."""

    call: str
    status: int
    content_type: str
    """Empty for none."""

    body: str
    """Its bytes as Latin-1."""

    coding: str = ""
    """Value of `Content-Encoding`; empty for none."""

    framing: str = "length"
    """How the body's end is shown; `cut` is a connection that ends before it."""

    interim: tuple[int, ...] = ()
    """Statuses of interim responses before it (RFC 9110, section 15.2)."""

    is_last: bool = False
    """Whether it is the message's last attempt."""

    is_well: bool = True
    """Whether the CRM answers the probe that it is well; if not, the probe is answered as the call is."""

    def text(self) -> str:
        """Return the case as an input."""
        return json.dumps(self._asdict())

    def on_the_wire(self) -> bytes:
        """Return the response's bytes."""
        data = self.body.encode("latin-1")
        head = [f"HTTP/1.1 {self.status} X", "Date: Tue, 14 Apr 2026 14:00:00 GMT", "Server: proxy"]
        head += [f"Content-Type: {self.content_type}"] if self.content_type else []
        head += [f"Content-Encoding: {self.coding}"] if self.coding else []
        head += ["Location: https://login.test/?next=9f31c7"] if 300 <= self.status < 400 else []
        match self.framing:
            case "chunked":
                head.append("Transfer-Encoding: chunked")
                half = len(data) // 2
                chunks = [chunk for chunk in (data[:half], data[half:]) if chunk]
                data = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
            case "close":
                head.append("Connection: close")
            case "cut":
                head.append(f"Content-Length: {len(data) + 7}")
            case _:
                head.append(f"Content-Length: {len(data)}")
        before = b"".join(b"HTTP/1.1 %d Wait\r\nLink: </a.css>\r\n\r\n" % status for status in self.interim)
        return before + "\r\n".join([*head, "", ""]).encode("latin-1") + data


def read_case(text: str) -> Case | None:
    """Read a case; None for any other text."""
    with suppress(ValueError, TypeError, RecursionError):
        case = Case(**json.loads(text))
        case = case._replace(interim=tuple(case.interim))
        if _is_valid(case):
            return case
    return None


def _is_valid(case: Case) -> bool:
    texts = (case.call, case.content_type, case.body, case.coding, case.framing)
    return (
        all(type(each) is str for each in texts)
        and type(case.status) is int
        and 100 <= case.status <= 999
        and case.call in CALLS
        and case.framing in FRAMINGS
        and all(len(each) <= 200 and each.isascii() and each.isprintable() for each in (case.content_type, case.coding))
        and case.content_type == case.content_type.strip()
        and case.coding == case.coding.strip()
        and type(case.is_last) is bool
        and type(case.is_well) is bool
        and len(case.interim) <= 5
        and all(type(each) is int and 100 <= each < 200 and each != 101 for each in case.interim)
        and max(case.body, default="") <= "\xff"
    )


STATUSES = (
    *(101, 199, 200, 201, 202, 204, 206, 226, 299, 300, 301, 302, 303, 304, 307, 308),
    *(400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 413, 418, 422, 423, 425, 429, 431, 451, 499),
    *(500, 501, 502, 503, 504, 507, 511, 520, 522, 525, 599, 600, 999),
)
TYPES = (
    *("", "text/html", "text/html; charset=utf-8", "text/plain", "application/xml", "application/problem+json"),
    *("text/json", "application/x-json", "application/jsonp", "application/json-seq", "application/json+hal"),
    *("application/json, text/html", "text/html, application/json", "application/octet-stream", "multipart/mixed"),
    *("json", "application", "application/ json", "*/*", "text/html; as=application/json", "x-application/json"),
)
"""Content types that are not the CRM's."""

JSON_TYPES = (
    *("application/json", "application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"),
    *("application/json ; profile=x", "APPLICATION/JSON; charset=iso-8859-1"),
)
"""Content types that are the CRM's: parameters and letter case count for nothing."""

_PAGE = f"<!doctype html><html><head><title>503</title></head><body>It works! {CANARY} ada@example.com</body></html>"
PAGES: Mapping[str, str] = {
    "a load balancer": f"<html><head><title>404 Not Found</title></head><body><center>{CANARY}</center></body></html>",
    "a maintenance page": _PAGE,
    "a login page": f'<form action="/login?next=%2Finternal"><input name="csrf" value="{CANARY}"></form>',
    "a captive portal": f'<meta http-equiv="refresh" content="0;url=http://portal.test/?mac={CANARY}">',
    "plain text": f"no healthy upstream {CANARY}",
    "nothing": "",
    "blanks": " \r\n",
    "API Gateway": '{"message":"Missing Authentication Token"}',
    "API Gateway, forbidden": '{"message": "Forbidden"}',
    "API Gateway, a Lambda's error": '{"errorMessage":"2026-04-14 Task timed out","errorType":"Sandbox.Timedout"}',
    "a framework": '{"statusCode":404,"error":"Not Found","message":"Cannot GET /internal"}',
    "another framework": '{"timestamp":"2026-04-14","status":404,"error":"Not Found","path":"/internal"}',
    "another framework's validation": '{"detail":"Not Found"}',
    "problem details": '{"type":"about:blank","title":"Conflict","status":409}',
    "an error object": '{"error":{"code":"not_found","message":"not_found"}}',
    "a list of errors": '{"errors":["not_found","already_done","refused"]}',
    "an error in capitals": '{"error":"NOT_FOUND"}',
    "an error with blanks": '{"error":" not_found "}',
    "a number for an error": '{"error":404}',
    "no error": '{"error":null}',
    "an unknown error": '{"error":"conflict"}',
    "a status page": '{"status":"ok"}',
    "a health check": '{"status":"UP","components":{}}',
    "another result": '{"result":"queued"}',
    "a result that is true": '{"result":true}',
    "no result": '{"result":null}',
    "a result in a list": '{"result":["done"]}',
    "a result in capitals": '{"Result":"done"}',
    "null": "null",
    "true": "true",
    "a number": "0",
    "a string": '"done"',
    "an empty list": "[]",
    "a list with the answer": '[{"result":"done"}]',
    "a list with the error": '[{"error":"not_found"}]',
    "an empty object": "{}",
    "done": '{"result":"done"}',
    "done, and more": '{"id":1,"result":"done","at":"2026-04-14T14:00:00Z"}',
    "not found": '{"error":"not_found"}',
    "done already": '{"error":"already_done","since":"2026-04-14"}',
    "in progress": '{"error":"in_progress"}',
    "declined": '{"error":"declined"}',
    "refused": '{"error":"refused"}',
    "two documents": '{"result":"done"}{"result":"done"}',
    "a comment after it": '{"result":"done"}<!-- cached by proxy -->',
    "a script before it": ')]}\',\n{"result":"done"}',
    "a callback": 'callback({"result":"done"})',
    "a page that quotes it": '<pre>{"error":"not_found"}</pre>',
    "bytes": "\x00\xff\xfe\x80",
}
"""Bodies, by who sends them: proxies and portals, and the CRM itself, perhaps at the wrong status."""


def _edited(body: str, random: Random) -> str:
    """Change one thing of a body."""
    data = body.encode("latin-1")
    text = data.decode("utf-8", errors="replace")
    pages = list(PAGES.values())
    changes: Sequence[Callable[[], str]] = (
        lambda: body[: random.randrange(len(body))] if body else "",
        lambda: "\xef\xbb\xbf" + body,
        lambda: gzip.compress(data, mtime=0).decode("latin-1"),
        lambda: f"[{body}]",
        lambda: json.dumps(body),
        lambda: f'{{"data":{body}}}',
        lambda: text.encode(random.choice(("utf-16", "utf-32"))).decode("latin-1"),
        lambda: body + random.choice(("\n", "<!-- -->", "\x00", "}", ",", body)),
        lambda: mutated(body, random, pages).encode(errors="replace").decode("latin-1"),
        lambda: random.choice(pages),
    )
    return random.choice(changes)()


def agreed_answers(name: str) -> list[Case]:
    """Return all answers with which the CRM answers a call."""
    call = CALLS[name]
    bodies = [
        (200, call.agreed),
        *((status, {"error": e}) for (status, e), said in ERRORS.items() if said in call.errors),
    ]
    if not call.is_read:
        bodies += [(201, {}), (202, {"id": 1, **DONE})]
    return [Case(name, status, "application/json", _latin(body)) for status, body in bodies]


def _answers_to_others(name: str) -> list[Case]:
    """Return the agreed errors with which the CRM answers other calls than this one."""
    expected = CALLS[name].errors
    errors = [answer for answer, said in ERRORS.items() if said not in expected]
    return [Case(name, status, "application/json", _latin({"error": error})) for status, error in errors]


def _latin(body: Json) -> str:
    return json.dumps(body, ensure_ascii=False).encode().decode("latin-1")


def random_case(random: Random) -> Case:
    """Return any case; two of three differ from an agreed answer in one thing at most."""
    name = random.choice(list(CALLS))
    foreign = _answers_to_others(name) if random.random() < 0.1 else []
    case = random.choice(foreign or agreed_answers(name))
    case = case._replace(content_type=random.choice(JSON_TYPES), is_last=random.random() < 0.3)
    case = case._replace(is_well=random.random() < 0.7)
    return case if random.random() < 0.1 else _changed(case, random)


def _changed(case: Case, random: Random) -> Case:
    """Change one thing of a response, or all."""
    pages = list(PAGES.values())
    match random.randrange(11):
        case 0 | 1:
            return case._replace(status=random.choice(STATUSES))
        case 2 | 3:
            return case._replace(content_type=random.choice(TYPES))
        case 4 | 5:
            return case._replace(body=_edited(case.body, random))
        case 6:
            return _framed(case, random)
        case _:
            foreign = case._replace(
                status=random.choice(STATUSES),
                content_type=random.choice(TYPES + JSON_TYPES),
                body=random.choice(pages),
            )
            return _framed(foreign, random) if random.random() < 0.2 else foreign


def neighbour(text: str, random: Random) -> str:
    """Return a case that differs in one thing, or any case."""
    case = read_case(text) if random.random() < 0.2 else None
    return (_changed(case, random) if case else random_case(random)).text()


def _framed(case: Case, random: Random) -> Case:
    match random.randrange(3):
        case 0:
            return case._replace(coding=random.choice(("gzip", "br", "deflate", "identity", "Identity", "aws-chunked")))
        case 1:
            return case._replace(framing=random.choice(FRAMINGS))
        case _:
            interim = random.choices((100, 102, 103, 104, 199), k=random.randint(1, 5))
            return case._replace(interim=tuple(interim))


def all_cases() -> Iterator[Case]:
    """Return each call with each agreed answer, with each thing of it changed, and with pages of proxies."""
    pages = cycle(PAGES.values())
    for name in CALLS:
        answers = agreed_answers(name)
        for case, other in zip(answers, [*answers[1:], answers[0]], strict=True):
            yield case
            yield case._replace(is_last=True)
            yield case._replace(content_type="text/html")
            yield case._replace(status=other.status)
            yield case._replace(body=other.body)
            yield case._replace(body=next(pages))
            yield case._replace(status=302)
            yield case._replace(interim=(100, 103))
            yield case._replace(framing="cut")
            yield case._replace(framing="cut", is_well=False)
        for status in (200, 401, 404, 408, 409, 429, 503):
            page = Case(name, status, "text/html", next(pages))
            yield page
            yield page._replace(is_last=True)
            yield page._replace(is_last=True, is_well=False)
        yield from _answers_to_others(name)


def is_near(case: Case) -> bool:
    """Whether a case is an agreed answer to its call but for one thing at most: status, type, body or form."""
    has_type = case.content_type.partition(";")[0].strip().lower() == "application/json"
    is_plain = not case.coding and case.framing == "length" and not case.interim
    differences = [[not has_type, not is_plain, *_differs(case, agreed)] for agreed in agreed_answers(case.call)]
    return any(sum(each) <= 1 for each in differences)


def _differs(case: Case, agreed: Case) -> tuple[bool, bool]:
    """Whether the status differs, and whether the body does."""
    is_success = 200 <= case.status < 300 and 200 <= agreed.status < 300
    with suppress(ValueError, RecursionError):
        return not is_success and case.status != agreed.status, json.loads(case.body) != json.loads(agreed.body)
    return not is_success and case.status != agreed.status, True
