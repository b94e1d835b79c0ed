"""The console of a stage in memory, and a browser that asks it without a network."""

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


class _Compiled(BytecodeCache):
    """Templates, compiled once for all consoles of a run: that takes longer than all else that they do."""

    def __init__(self) -> None:
        self._codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._codes.get(bucket.key + bucket.checksum):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


@dataclass
class Console:
    """The console of a stage, asked by the operator's browser."""

    stage: ConsoleStage = field(default_factory=ConsoleStage)
    asked: list[bool] = field(default_factory=list)
    """Each time that somebody was seen to have a page open: whether they wait for a new look."""

    @cached_property
    def desk(self) -> ConsoleContext:
        def asked(*, at_once: bool = False) -> None:
            self.asked.append(at_once)

        now = self.stage.clock.now
        return ConsoleContext(
            stage=self.stage.deployed,
            who=OPERATOR,
            region=REGION,
            gate=AccessControl(PORT, KEY),
            board=StageCache(self.stage.deployed, now),
            asked=asked,
            now=now,
        )

    @cached_property
    def client(self) -> Any:
        site = application(self.desk)
        site.jinja_env.bytecode_cache = _COMPILED
        client = site.test_client()
        client.set_cookie(COOKIE, KEY, domain="127.0.0.1")
        return client

    def look(self) -> None:
        """Let the board look at the stage."""
        self.desk.board.look()

    def get(self, path: str, **query: str | int) -> Page:
        address = f"{path}?{urlencode(query)}" if query else path
        return Page(self.client.get(address, base_url=ORIGIN))

    def post(self, path: str, form: Mapping[str, str] | None = None, **more: str) -> Page:
        headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
        return Page(self.client.post(path, data={**(form or {}), **more}, headers=headers, base_url=ORIGIN))

    def letter(self, **of: Any) -> str:
        """Bury one, look, and give the address of its page."""
        sqs_message_id = self.stage.bury(1, **of)
        self.look()
        return f"/letters/{SERVICE}/{sqs_message_id}"

    def redrive(self, **how: Any) -> RedriveJob:
        """One that stands as a test lets it stand, with a page."""
        request = RedriveRequest(stage=self.desk.stage, service=SERVICE, filters=how.pop("filters", Filters()), **how)
        made = self.desk.works.start(
            lambda number: _StillRedrive(
                number, now=self.desk.now, board=self.desk.board, request=request, what=SERVICE
            )
        )
        assert isinstance(made, RedriveJob)
        return made

    def discard(self) -> DiscardJob:
        """Likewise."""
        request = DiscardRequest(stage=self.desk.stage, service=SERVICE, filters=Filters(), comment="mended")
        made = self.desk.works.start(
            lambda number: _StillDiscard(
                number, now=self.desk.now, board=self.desk.board, request=request, what=SERVICE
            )
        )
        assert isinstance(made, DiscardJob)
        return made

    @property
    def begun(self) -> Job:
        """The work that was begun last."""
        return self.desk.works.latest()[0]

    def page_of(self, work: Job) -> Page:
        return self.get(f"/work/{work.number}")


class _StillRedrive(RedriveJob):
    def carry_out(self) -> None:
        """Nothing."""


class _StillDiscard(DiscardJob):
    def carry_out(self) -> None:
        """Nothing."""


def until_it_asks(work: Job) -> None:
    poll(lambda: work.state is JobState.ASKING, what="its question", seconds=SECONDS, every=0.001)


def until_it_ended(work: Job) -> None:
    poll(lambda: work.ended, what="its end", seconds=SECONDS, every=0.001)
