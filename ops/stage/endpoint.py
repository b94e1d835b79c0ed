"""AWS clients for the emulator, isolated from the user's AWS profile, configuration and proxy."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boto3 import Session
from botocore.config import Config
from botocore.loaders import Loader, create_loader
from botocore.session import Session as CoreSession

from ops.stage.emulated_queues import EMULATED_QUEUES, EmulatedQueues

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient

ACCOUNT = "000000000000"
REGION = "us-east-1"
KEY = "local"
"""Access key and secret of the root user; an emulator that enforces no policies accepts any."""

RUNS = "runs"
"""The name of a client of Lambda that waits until a function has run: a call is not retried, as it would run twice."""

RUN_SECONDS = 120
"""Seconds that such a client waits: longer than any function of a stage may run."""

_FOREIGN_PREFIXES = ("AWS_", "CDK_", "BOTO_")
_FOREIGN = {"ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NODE_EXTRA_CA_CERTS", "NODE_OPTIONS"}


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """An access key."""

    key: str = KEY
    secret: str = field(default=KEY, repr=False)
    token: str | None = field(default=None, repr=False)
    """The session token of an assumed role."""


@dataclass(frozen=True)
class Endpoint:
    """An emulator's address, and clients that call no other."""

    url: str
    certificate: Path | None = None
    """The emulator's certificate (PEM) if it is called over TLS; no other is trusted."""

    credentials: Credentials = Credentials()

    def variables(self) -> dict[str, str]:
        """Environment variables that make any AWS tool call the emulator."""
        trust = ("AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS") if self.certificate else ()
        return dict.fromkeys(trust, str(self.certificate)) | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": self.credentials.key,
            "AWS_SECRET_ACCESS_KEY": self.credentials.secret,
            **({"AWS_SESSION_TOKEN": self.credentials.token} if self.credentials.token else {}),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """The environment of a subprocess that calls the emulator, without variables that would lead it elsewhere."""
        kept = {
            name: value
            for name, value in inherited.items()
            if not name.upper().startswith(_FOREIGN_PREFIXES) and name.upper() not in _FOREIGN
        }
        return kept | self.variables()

    @cached_property
    def sqs(self) -> "SQSClient":
        """SQS."""
        return self._session.client("sqs", endpoint_url=self.url, verify=self._verify, config=_CONFIG)

    @cached_property
    def events(self) -> "EventBridgeClient":
        """EventBridge."""
        return self._session.client("events", endpoint_url=self.url, verify=self._verify, config=_CONFIG)

    @cached_property
    def functions(self) -> Any:
        """Lambda."""
        return self._client("lambda", _CONFIG)

    @cached_property
    def runs(self) -> Any:
        """Lambda, to wait until a function has run."""
        return self._client("lambda", _WAITING)

    @cached_property
    def cloudwatch(self) -> Any:
        """CloudWatch: metrics and alarms."""
        return self._client("cloudwatch", _CONFIG)

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        """CloudWatch Logs."""
        return self._session.client("logs", endpoint_url=self.url, verify=self._verify, config=_CONFIG)

    @cached_property
    def scheduler(self) -> "EventBridgeSchedulerClient":
        """EventBridge Scheduler."""
        return self._session.client("scheduler", endpoint_url=self.url, verify=self._verify, config=_CONFIG)

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        """Secrets Manager."""
        return self._session.client("secretsmanager", endpoint_url=self.url, verify=self._verify, config=_CONFIG)

    @cached_property
    def ses(self) -> "SESV2Client":
        """SES."""
        return self._session.client("sesv2", endpoint_url=self.url, verify=self._verify, config=_CONFIG)

    def client(self, service: str) -> Any:
        """The client of any AWS service, by its boto3 name, or the one named `RUNS` or `EMULATED_QUEUES`."""
        if service == EMULATED_QUEUES:
            return EmulatedQueues(self.url, self.certificate)
        return self.runs if service == RUNS else self._client(service, _CONFIG)

    def acting_as(self, credentials: Credentials) -> "Endpoint":
        """The same emulator, called with other credentials."""
        return replace(self, credentials=credentials)

    def _client(self, service: str, config: Config) -> Any:
        return self._session.client(service, endpoint_url=self.url, verify=self._verify, config=config)  # type: ignore[call-overload]  # stubs list literal names alone

    @property
    def _verify(self) -> str | None:
        return str(self.certificate) if self.certificate else None

    @cached_property
    def _session(self) -> Session:
        core = CoreSession(session_vars=_NOTHING_OF_THE_USERS)
        core.register_component("data_loader", _models())
        return Session(
            aws_access_key_id=self.credentials.key,
            aws_secret_access_key=self.credentials.secret,
            aws_session_token=self.credentials.token,
            region_name=REGION,
            botocore_session=core,
        )


@cache
def _models() -> Loader:
    """Botocore's service models, loaded once for all clients: they are large."""
    return create_loader()


_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 3}, proxies={})
_WAITING = _CONFIG.merge(Config(read_timeout=RUN_SECONDS, retries={"total_max_attempts": 1}))

# Botocore's table of settings: the key in a configuration file, the environment variable, the default, the type.
_NOTHING_OF_THE_USERS = {
    "profile": (None, None, None, None),
    "ca_bundle": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
