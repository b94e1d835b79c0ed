"""The embedded AWS emulator: a process of its own venv, on loopback, in a clean environment."""

import json
import re
import socket
import ssl
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import Any
from urllib.error import URLError

from local.errors import LocalStageError, failed
from local.polling import DeadlineExceededError, poll
from local.run_folder import RunFolder
from local.supervision.process import Process
from ops.checkout import EMULATOR_PYTHON
from ops.stage.endpoint import ACCOUNT, KEY, Endpoint

HOST = "127.0.0.1"
_START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Enforcement:
    """What makes it enforce every policy, as AWS does: it is spoken to over TLS and proves itself with this.

    Without it any credentials do all, and nothing asks for TLS.
    """

    certificate: Path
    """PEM, for the address that it listens at."""

    key: Path
    """PEM, of the certificate."""


@dataclass(frozen=True, slots=True)
class SentMail:
    """One mail as SES took it."""

    to: tuple[str, ...]
    sender: str
    subject: str
    text: str
    html: str

    @property
    def message_id(self) -> str:
        """The id of the job that sent it, which its HTML names; empty where it names none."""
        named = re.search('<meta name="message-id" content="([^"]*)">', self.html)
        return unescape(named[1]) if named else ""


@dataclass(frozen=True, slots=True)
class SentText:
    """One text message as SNS took it."""

    to: str
    text: str


@dataclass(frozen=True)
class Emulator:
    """A running emulator."""

    endpoint: Endpoint
    process: Process
    _earlier_mails: list[SentMail] = field(default_factory=list)
    """Of before it was restarted: they are all that it does not keep."""

    def mails(self) -> list[SentMail]:
        """Every mail that was sent, in order."""
        return self._earlier_mails + [
            SentMail(tuple(mail["To"]), mail["Source"], mail["Subject"], mail["BodyText"], mail["BodyHtml"] or "")
            for mail in self._inspect("ses/messages")["messages"].get(ACCOUNT, [])
        ]

    def texts(self) -> list[SentText]:
        """Every text that was sent, in order for each phone."""
        phones = self._inspect(f"sns/sms-messages?account={ACCOUNT}")["sms_messages"]
        return [SentText(text["PhoneNumber"], text["Message"]) for texts in phones.values() for text in texts]

    def restart(self) -> None:
        """Let it end with all its function workers, and start again where it stood: only what was in flight is lost.

        Raises:
            LocalStageError: it does not start again.
        """
        self._earlier_mails[:] = self.mails()
        self.process.restart()
        self.await_its_first_answer()

    def await_its_first_answer(self) -> None:
        """Wait until it answers.

        Raises:
            LocalStageError: it does not.
        """
        try:
            poll(self.is_ready, what="the AWS emulator's first answer", seconds=_START_SECONDS, every=0.1)
        except DeadlineExceededError as error:
            raise failed(str(error), self.process.log) from None

    def is_ready(self) -> bool:
        """Whether it answers.

        Raises:
            LocalStageError: it is gone.
        """
        self.must_live()
        try:
            return bool(self._inspect("ready"))
        except (URLError, ConnectionError, TimeoutError):
            return False

    def must_live(self) -> None:
        """Nothing, while it lives.

        Raises:
            LocalStageError: it is gone; the text has the end of its log.
        """
        if self.process.exit_code is not None:
            raise failed(f"the AWS emulator ended with exit code {self.process.exit_code}", self.process.log)

    @cached_property
    def _direct(self) -> urllib.request.OpenerDirector:
        """Past any proxy of the user's."""
        trusted = ssl.create_default_context(cafile=self.endpoint.certificate)
        return urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusted)
        )

    def _inspect(self, what: str) -> dict[str, Any]:
        with self._direct.open(f"{self.endpoint.url}/_ministack/{what}", timeout=10) as answer:
            return dict(json.load(answer))


@contextmanager
def emulator(
    folder: RunFolder, *, functions_endpoint: str = "", enforcement: Enforcement | None = None
) -> Iterator[Emulator]:
    """Start it, wait until it answers, and kill it with all its function workers at the end.

    Args:
        folder: takes its log and its files.
        functions_endpoint: the address at which its functions find AWS, if that is not its own.
        enforcement: what makes it enforce policies; none: it allows all.

    Raises:
        LocalStageError: it is not installed or does not start.
    """
    if not EMULATOR_PYTHON.exists():
        raise LocalStageError("the AWS emulator is not installed: run `make setup`")
    port = free_port()
    command = [str(EMULATOR_PYTHON), "-m", "ministack"]
    log = folder.log("emulator")
    env = _clean(port, folder.scratch) | ({"AWS_ENDPOINT_URL": functions_endpoint} if functions_endpoint else {})
    endpoint = Endpoint(f"http://{HOST}:{port}")
    if enforcement:
        env |= _enforcing(enforcement)
        endpoint = Endpoint(f"https://{HOST}:{port}", enforcement.certificate)
    with Process("the AWS emulator", command, log=log, env=env, cwd=folder.scratch) as process:
        running = Emulator(endpoint, process)
        running.await_its_first_answer()
        yield running


def _clean(port: int, scratch: Path) -> dict[str, str]:
    """Its whole environment, which its function workers inherit: nothing of the user's may reach them."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": HOST,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        # What it holds is written when it ends, and read again when it is restarted.
        "PERSIST_STATE": "1",
        "STATE_DIR": str(scratch / "state"),
    }


def _enforcing(enforcement: Enforcement) -> dict[str, str]:
    """What it is told besides. Its own access key is the account's root, which may do everything."""
    return {
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(enforcement.certificate),
        "MINISTACK_SSL_KEY": str(enforcement.key),
    }


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
