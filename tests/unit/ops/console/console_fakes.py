"""A console with a stage in memory, and a browser that needs no network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from jinja2.bccache import Bucket, BytecodeCache

from local.polling import poll
from ops.console.access import AccessControl
from ops.console.app import application
from ops.console.context import ConsoleContext
from ops.console.jobs.discard import DiscardJob
from ops.console.jobs.job import Job, JobState
from ops.console.jobs.redrive import RedriveJob
from ops.console.snapshot import StageCache
from ops.dead_letters.discard import DiscardRequest
from ops.dead_letters.filters import Filters
from ops.dead_letters.redrive.report import RedriveRequest
from tests.fakes.stage import OPERATOR, REGION, SERVICE
from tests.unit.ops.console.page import Page
from tests.unit.ops.console.stage_fakes import ConsoleStage

PORT, KEY, SECONDS = 8710, "the-key-of-this-run", 10
ORIGIN = f"http://127.0.0.1:{PORT}"
COOKIE = f"taly_console_{PORT}"


class _TemplateCache(BytecodeCache):
    """Compiled templates, shared by all consoles of a test run: compiling takes longer than everything else."""

    def __init__(self) -> None:
        self._codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._codes.get(bucket.key + bucket.checksum):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


_TEMPLATES = _TemplateCache()


@dataclass
class Console:
    """The console of a stage, used by the operator's browser."""

    stage: ConsoleStage = field(default_factory=ConsoleStage)
    page_requests: list[bool] = field(default_factory=list)
    """`at_once` of each call of `page_requested`."""

    @cached_property
    def context(self) -> ConsoleContext:
        def page_requested(*, at_once: bool = False) -> None:
            self.page_requests.append(at_once)

        now = self.stage.clock.now
        return ConsoleContext(
            stage=self.stage.deployed,
            operator=OPERATOR,
            region=REGION,
            access=AccessControl(PORT, KEY),
            cache=StageCache(self.stage.deployed, now),
            page_requested=page_requested,
            now=now,
        )

    @cached_property
    def client(self) -> Any:
        site = application(self.context)
        site.jinja_env.bytecode_cache = _TEMPLATES
        client = site.test_client()
        client.set_cookie(COOKIE, KEY, domain="127.0.0.1")
        return client

    def poll(self) -> None:
        """Poll the stage."""
        self.context.cache.poll()

    def get(self, path: str, **query: str | int) -> Page:
        address = f"{path}?{urlencode(query)}" if query else path
        return Page(self.client.get(address, base_url=ORIGIN))

    def post(self, path: str, form: Mapping[str, str] | None = None, **more: str) -> Page:
        headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
        return Page(self.client.post(path, data={**(form or {}), **more}, headers=headers, base_url=ORIGIN))

    def add_dead_letter(self, **fields: Any) -> str:
        """Add a dead letter, poll, and return the address of its page."""
        sqs_message_id = self.stage.bury(1, **fields)
        self.poll()
        return f"/dead-letters/{SERVICE}/{sqs_message_id}"

    def redrive(self, **options: Any) -> RedriveJob:
        """Start a redrive that does nothing, so that its fields stay as a test sets them."""
        request = RedriveRequest(
            stage=self.context.stage, service=SERVICE, filters=options.pop("filters", Filters()), **options
        )
        job = self.context.jobs.start(
            lambda number: _IdleRedrive(
                number, now=self.context.now, cache=self.context.cache, request=request, description=SERVICE
            )
        )
        assert isinstance(job, RedriveJob)
        return job

    def discard(self) -> DiscardJob:
        """Start a discard that does nothing, so that its fields stay as a test sets them."""
        request = DiscardRequest(stage=self.context.stage, service=SERVICE, filters=Filters(), comment="fixed")
        job = self.context.jobs.start(
            lambda number: _IdleDiscard(
                number, now=self.context.now, cache=self.context.cache, request=request, description=SERVICE
            )
        )
        assert isinstance(job, DiscardJob)
        return job

    @property
    def latest_job(self) -> Job:
        return self.context.jobs.latest()[0]

    def page_of(self, job: Job) -> Page:
        return self.get(f"/jobs/{job.number}")


class _IdleRedrive(RedriveJob):
    def execute(self) -> None:
        """Do nothing."""


class _IdleDiscard(DiscardJob):
    def execute(self) -> None:
        """Do nothing."""


def wait_until_unconfirmed(job: Job) -> None:
    poll(
        lambda: job.state is JobState.UNCONFIRMED, what="the job to ask for confirmation", seconds=SECONDS, every=0.001
    )


def wait_until_ended(job: Job) -> None:
    poll(lambda: job.ended, what="the job's end", seconds=SECONDS, every=0.001)
