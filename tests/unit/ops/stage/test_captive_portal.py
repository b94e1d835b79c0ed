"""Where a page answers in AWS's place, every command fails with a sentence that says so."""

import shlex
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
import typer
from pytest_socket import enable_socket
from typer.testing import CliRunner

from ops.command_line import PROGRAM, app
from tests.unit.ops.terminal.test_program import COMMANDS, helped

PAGE = b"<html><body>Sign in to the network</body></html>"


def example(words: tuple[str, ...]) -> list[str]:
    """The arguments of a command's own example."""
    (line,) = [line for line in helped(*words).splitlines() if "Example: " in line]
    return shlex.split(line.partition("Example: ")[2])[1 + len(words) :]


def options(words: tuple[str, ...]) -> set[str]:
    command: Any = typer.main.get_command(app)
    for word in words:
        command = command.commands[word]
    return {option for parameter in command.params for option in parameter.opts}


OF_A_STAGE = [words for words in COMMANDS if {"--stage", "--profile"} <= options(words)]


class Portal(BaseHTTPRequestHandler):
    """Answers every request with the server's status and page."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        status, headers, body = self.server.answer  # type: ignore[attr-defined]  # set below
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST  # noqa: N815 the name that http.server calls

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def portal(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    enable_socket()
    with ThreadingHTTPServer(("127.0.0.1", 0), Portal) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        for name in ("AWS_PROFILE", "HTTP_PROXY", "http_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_REGION", "eu-central-1")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
        server.answer = (200, {"content-type": "text/html"}, PAGE)  # type: ignore[attr-defined]  # read above
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("portal")
@pytest.mark.parametrize("words", OF_A_STAGE, ids=" ".join)
def test_every_command_says_that_a_page_answered(words: tuple[str, ...]) -> None:
    arguments = [*words, *example(words), *(["--yes"] if "--yes" in options(words) else [])]

    ended = CliRunner().invoke(app, arguments, prog_name=PROGRAM)

    assert ended.exit_code == 1
    assert isinstance(ended.exception, SystemExit)
    assert "is not AWS (HTTP status 200, text/html). Sign in to the network" in ended.output
    assert "✓" not in ended.output


def test_there_are_commands_of_a_stage() -> None:
    assert {("status",), ("send",), ("console",), ("schedules", "list"), ("redrive",)} <= set(OF_A_STAGE)


@pytest.mark.parametrize(
    "answer",
    [
        (200, {"content-type": "text/html"}, b""),
        (200, {"content-type": "application/json"}, b"{}"),
        (302, {"location": "http://login.test/", "content-type": "text/html"}, PAGE),
        (403, {"content-type": "text/html"}, PAGE),
        (511, {"content-type": "text/html"}, PAGE),
    ],
    ids=lambda answer: f"{answer[0]} {len(answer[2])}",
)
def test_a_status_is_never_read_from_what_is_not_aws(
    portal: ThreadingHTTPServer, answer: tuple[int, Mapping[str, str], bytes]
) -> None:
    portal.answer = answer  # type: ignore[attr-defined]  # read above

    ended = CliRunner().invoke(app, ["status", "--stage", "dev", "--json"], prog_name=PROGRAM)

    assert ended.exit_code == 1
    assert ended.stdout == ""
    assert f"is not AWS (HTTP status {answer[0]}" in ended.stderr
