"""The check of the console: any request gets an expected response.

A request is a text: a line with method and target, one line per header, an empty line, the body. It is converted
to a WSGI environment as waitress does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO, StringIO
from random import Random
from typing import Any
from urllib.parse import unquote_to_bytes

from werkzeug.test import run_wsgi_app

from ops.console.access import HEADERS
from ops.console.app import application
from ops.console.jobs.job import Job, JobRegistry
from tests.fakes.stage import SERVICE
from tests.fuzz.mutation import mutated
from tests.unit.ops.console.console_fakes import COOKIE, KEY, ORIGIN, PORT, Console
from tests.unit.ops.console.stage_fakes import ADA, message

_MAX_HEADERS = 40
_WITHOUT_KEY = {400, 401, 403, 404, 405, 413, 421}
"""Status codes for requests without the key: none of them has a page."""

_NO_HEADER = set("\r\n\0")
_ADMITTED = f"Host: 127.0.0.1:{PORT}\nCookie: {COOKIE}={KEY}\n"
_FORM = f"{_ADMITTED}Origin: {ORIGIN}\nSec-Fetch-Site: same-origin\nContent-Type: application/x-www-form-urlencoded\n\n"
_SELECTION = (
    f"type={SERVICE}&reason=permanent&cause=c83d68dfbef7&tenant=7d1f0a52-3c1e-4d5b-9a64-2f8e1c0b9a11"
    "&id=task-1&since=2h&until=2026-04-14T12%3A00%3A00Z&page=1"
)
_MULTIPART = "--x\r\nContent-Disposition: form-data; name=type; filename=a\r\n\r\nb\r\n--x--\r\n"
SEEDS: Sequence[str] = (
    *(
        f"GET {path}\n{_ADMITTED}\n"
        for path in ("/", "/dead-letters", "/redrive", "/discard", "/pauses", "/journey", "/find", "/jobs/1")
    ),
    *(f"GET {path}?{_SELECTION}\n{_ADMITTED}\n" for path in ("/dead-letters", "/redrive", "/discard")),
    *(f"GET {path}?id=task-1&since=7d\n{_ADMITTED}\n" for path in ("/journey", "/journey/graph", "/find")),
    *(
        f"GET {path}\n{_ADMITTED}\n"
        for path in ("/static/console.css", "/htmx.js", f"/dead-letters/{SERVICE}/sqs-1", "/nowhere")
    ),
    f"POST /redrive\n{_FORM}{_SELECTION}&has_sample=yes&sample_size=5&deadline=300&rate_limit=0.5",
    f"POST /discard\n{_FORM}{_SELECTION}&comment=fixed",
    f"POST /pause\n{_FORM}subject={SERVICE}&length=2h&comment=moved",
    f"POST /resume\n{_FORM}subject={SERVICE}",
    f"POST /dead-letters/{SERVICE}/sqs-1/payload\n{_FORM}",
    *(f"POST {path}\n{_FORM}" for path in ("/refresh", "/jobs/1/stop", "/jobs/1/confirm")),
    f"GET /?key={KEY}\nHost: localhost:{PORT}\n\n",
    f"GET //evil.test/%2e%2e?key={KEY}\nHost: 127.0.0.1:{PORT}\nX-Forwarded-Host: evil.test\n\n",
    f"HEAD /\n{_ADMITTED}If-None-Match: *\nRange: bytes=0-1\nAccept: */*\n\n",
    f"POST /redrive\n{_ADMITTED}Origin: {ORIGIN}\nContent-Type: multipart/form-data; boundary=x\n\n{_MULTIPART}",
    f"OPTIONS /\n{_ADMITTED}Origin: {ORIGIN}\n\n",
)


class IdleJobRegistry(JobRegistry):
    """A registry of jobs that have pages but do not run: other tests run them."""

    def __init__(self) -> None:
        """Create an empty registry."""
        super().__init__()
        self._latest: Job | None = None

    def start(self, make: Callable[[int], Job]) -> Job:
        """Keep the job without starting it."""
        self._latest = job = make(1)
        return job

    def find(self, number: int) -> Job | None:
        """Return the job with number 1."""
        return self._latest if number == 1 else None

    def latest(self) -> list[Job]:
        """Return the last job."""
        return [self._latest] if self._latest else []


@dataclass(frozen=True)
class Response:
    """The console's response."""

    status: int
    headers: dict[str, str]
    body: str


@cache
def site() -> Any:
    """Return the console for all requests of a process, with dead letters that contain markup."""
    console = Console()
    for number in range(1, 4):
        console.stage.add_dead_letter(number, body=message(note=f"<script>alert({number})</script>{ADA}"))
    console.poll()
    console.client  # noqa: B018 it compiles the templates
    return application(replace(console.context, jobs=IdleJobRegistry()))


def check_response(text: str) -> Response | None:
    """Send a request and check all guarantees; return None where the text is no request.

    Raises:
        AssertionError: a guarantee is broken.
    """
    environ = _environ(text)
    if environ is None:
        return None
    body, status, headers = run_wsgi_app(site(), environ, buffered=True)
    response = Response(int(status.split()[0]), dict(headers), b"".join(body).decode())
    assert response.status < 500, "the console has a defect"
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
    location = response.headers.get("Location", "/").removeprefix(f"http://{environ.get('HTTP_HOST')}")
    assert location.startswith("/"), f"a redirect to another site: {location!r}"
    assert not location.startswith(("//", "/\\")), f"a redirect to another site: {location!r}"
    assert "<script>alert(" not in response.body
    if KEY not in text:
        assert response.status in _WITHOUT_KEY, "a page without the key"
        assert SERVICE not in response.body
    if (
        KEY not in f"{environ['PATH_INFO']}{environ['QUERY_STRING']}{body_of(text)}"
    ):  # else the key was in the request, and the page repeats it
        assert KEY not in response.body
    return response


def body_of(text: str) -> str:
    """Return the text after the headers."""
    return text.partition("\n\n")[2]


def _environ(text: str) -> dict[str, Any] | None:
    """Build the WSGI environment as waitress does; None for text that waitress refuses itself."""
    head, _, body = text.partition("\n\n")
    first, *lines = head.split("\n")
    method, _, target = first.partition(" ")
    if not (method.isascii() and method.isalpha() and method.isupper() and target):
        return None
    path, _, query = target.partition("?")
    data = body.encode(errors="surrogateescape")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path.encode(errors="surrogateescape")).decode("latin-1"),
        "QUERY_STRING": query.encode(errors="surrogateescape").decode("latin-1"),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": str(PORT),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(data)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(data),
        "wsgi.input_terminated": True,
        "wsgi.errors": StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for line in lines[:_MAX_HEADERS]:
        name, colon, value = line.partition(":")
        if colon and name.isascii() and name.replace("-", "").isalnum() and not _NO_HEADER & set(value):
            key = name.upper().replace("-", "_")
            if key not in {"CONTENT_LENGTH", "TRANSFER_ENCODING"}:
                key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
                environ[key] = value.strip(" \t").encode(errors="surrogateescape").decode("latin-1")
    return environ


def changed(text: str, random: Random, others: Sequence[str]) -> str:
    """Change one part of a request, usually one that the access check ignores: it refuses nearly all other changes."""
    head, _, body = text.partition("\n\n")
    first, *lines = head.split("\n")
    match random.choice(["target", "target", "body", "body", "headers", "all"]):
        case "target":
            method, _, target = first.partition(" ")
            first = f"{method} {mutated(target, random, _TARGETS)}"
        case "body":
            body = mutated(body, random, _BODIES)
        case "headers":
            lines.append(mutated(random.choice(_HEADERS), random, _HEADERS))
        case _:
            return mutated(text, random, others)
    return "\n".join([first.replace("\n", "%0A"), *lines, "", body])


_TARGETS = tuple(seed.split("\n")[0].split(" ")[1] for seed in SEEDS)
_BODIES = tuple(body for seed in SEEDS if (body := body_of(seed)))
_HEADERS = (
    *("Range: bytes=0-1,-5", "If-Modified-Since: Tue, 14 Apr 2026 15:00:00 GMT", 'If-None-Match: W/"a"', "Accept: */*"),
    *("HX-Request: true", "HX-Target: a", "X-Forwarded-Host: evil.test", "X-Forwarded-Proto: https", "Referer: /a"),
    *("Content-Type: application/json", "Content-Type: multipart/form-data; boundary=", "Authorization: Basic YTpi"),
    *("Cookie: a=b; c", f"Cookie: {COOKIE}=wrong", "Content-Encoding: gzip", "Expect: 100-continue", "Upgrade: h2c"),
)
