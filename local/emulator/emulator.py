"""The embedded AWS emulator: a process in a venv of its own, on loopback, with a clean environment."""

import json
import socket
import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.error import URLError

from local.errors import LocalStageError, failed
from local.polling import DeadlineExceededError, poll
from local.run_folder import RunFolder
from local.supervision.process import Process
from ops.stage.endpoint import ACCOUNT, KEY, Endpoint
from ops.terminal.checkout import EMULATOR_PYTHON

HOST = "127.0.0.1"
_START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Enforcement:
    """The certificate with which the emulator enforces every policy as AWS does; it is then reached over TLS.

    Without it all credentials allow everything, and TLS is not required.
    """

    certificate: Path
    """PEM file, issued for the emulator's address."""

    key: Path
    """PEM file of the certificate's key."""


@dataclass(frozen=True, slots=True)
class SentText:
    """A text message as SNS got it."""

    to: str
    text: str
    sender: str = ""
    """The origination number or sender id that was asked for; empty: AWS chooses."""


@dataclass(frozen=True)
class Emulator:
    """A running emulator."""

    endpoint: Endpoint
    process: Process

    def texts(self) -> list[SentText]:
        """All sent text messages, in order for each phone number."""
        phones = self._inspect(f"sns/sms-messages?account={ACCOUNT}")["sms_messages"]
        return [
            SentText(text["PhoneNumber"], text["Message"], _sender(text["MessageAttributes"]))
            for texts in phones.values()
            for text in texts
        ]

    def restart(self) -> None:
        """Stop the emulator with its workers and start it again in the same state; only work in flight is lost.

        Raises:
            LocalStageError: the emulator does not start again.
        """
        self.process.restart()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until the emulator responds.

        Raises:
            LocalStageError: the emulator does not respond.
        """
        try:
            poll(self.is_ready, what="the AWS emulator's first response", seconds=_START_SECONDS, every=0.1)
        except DeadlineExceededError as error:
            raise failed(str(error), self.process.log) from None

    def is_ready(self) -> bool:
        """Whether the emulator responds.

        Raises:
            LocalStageError: the emulator has ended.
        """
        self.check_running()
        try:
            return bool(self._inspect("ready"))
        except (URLError, ConnectionError, TimeoutError):
            return False

    def check_running(self) -> None:
        """Raise an error if the emulator has ended.

        Raises:
            LocalStageError: the emulator has ended; the text quotes the end of its log.
        """
        if self.process.exit_code is not None:
            raise failed(f"the AWS emulator ended with exit code {self.process.exit_code}", self.process.log)

    @cached_property
    def _direct(self) -> urllib.request.OpenerDirector:
        """Opens URLs without the user's proxy."""
        trusted = ssl.create_default_context(cafile=self.endpoint.certificate)
        return urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusted)
        )

    def _inspect(self, what: str) -> dict[str, Any]:
        with self._direct.open(f"{self.endpoint.url}/_ministack/{what}", timeout=10) as answer:
            return dict(json.load(answer))


@contextmanager
def emulator(
    folder: RunFolder, *, functions_endpoints: Mapping[str, str] | None = None, enforcement: Enforcement | None = None
) -> Iterator[Emulator]:
    """Start the emulator, wait until it responds, and kill it with all its function workers at the end.

    Args:
        folder: the folder for its log and files.
        functions_endpoints: the addresses of AWS for the functions that are not the emulator's, by the environment
            variable that AWS's libraries read: `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_SESV2`.
        enforcement: lets the emulator enforce policies; without it, everything is allowed.

    Raises:
        LocalStageError: the emulator is not installed or does not start.
    """
    if not EMULATOR_PYTHON.exists():
        raise LocalStageError("the AWS emulator is not installed: run `make setup`")
    port = free_port()
    command = [str(EMULATOR_PYTHON), "-m", "ministack"]
    log = folder.log("emulator")
    env = _environment(port, folder.scratch) | dict(functions_endpoints or {})
    endpoint = Endpoint(f"http://{HOST}:{port}")
    if enforcement:
        env |= _enforcement_environment(enforcement)
        endpoint = Endpoint(f"https://{HOST}:{port}", enforcement.certificate)
    with Process("the AWS emulator", command, log=log, env=env, cwd=folder.scratch) as process:
        running = Emulator(endpoint, process)
        running.wait_until_ready()
        yield running


def _sender(attributes: Mapping[str, Any]) -> str:
    """Where a text comes from, by its attributes (SNS Developer Guide, "Publishing SMS messages to a mobile phone")."""
    for name in ("AWS.MM.SMS.OriginationNumber", "AWS.SNS.SMS.SenderID"):
        if name in attributes:
            return str(attributes[name].get("StringValue") or attributes[name].get("Value"))
    return ""


def _environment(port: int, scratch: Path) -> dict[str, str]:
    """The complete environment, which function workers inherit: nothing of the user's may reach them."""
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
        # The state is written when the emulator ends, and read when it is restarted.
        "PERSIST_STATE": "1",
        "STATE_DIR": str(scratch / "state"),
    }


def _enforcement_environment(enforcement: Enforcement) -> dict[str, str]:
    """The additional environment for enforcement. The emulator's key is the account's root, which may do all."""
    return {
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(enforcement.certificate),
        "MINISTACK_SSL_KEY": str(enforcement.key),
    }


def free_port() -> int:
    """A port on this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
