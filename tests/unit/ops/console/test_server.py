"""The console is served on loopback alone, says at once what is wrong, and leaves nothing behind when it ends."""

import errno
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from threading import Event, Timer
from types import SimpleNamespace
from typing import Any

import pytest

from local.polling import poll
from ops.console.jobs.job import Job, JobState
from ops.console.server import serve, serving
from ops.stage.deployed import DeployedStage
from ops.terminal.errors import OperatorError
from tests.fakes.service import failing
from tests.fakes.stage import OPERATOR, REGION
from tests.unit.ops.console.console_fakes import SECONDS
from tests.unit.ops.console.stage_fakes import ConsoleStage


@dataclass
class FakeSocket:
    """Listens where nobody else does."""

    taken: dict[int, int] = field(default_factory=dict)
    """Why ports cannot be had."""

    bound: list[tuple[str, int]] = field(default_factory=list)
    closed: bool = False

    def setsockopt(self, *_: int) -> None:
        """Nothing."""

    def bind(self, address: tuple[str, int]) -> None:
        if code := self.taken.get(address[1]):
            raise OSError(code, errno.errorcode[code])
        self.bound.append(address)

    def getsockname(self) -> tuple[str, int]:
        host, port = self.bound[-1]
        return host, port or 50_123

    def close(self) -> None:
        self.closed = True


@dataclass
class FakeServer:
    """Serves nobody, until it is closed; as waitress it calls what pulls its trigger in the thread that serves."""

    given: dict[str, Any] = field(default_factory=dict)
    pulled: "Queue[Callable[[], object]]" = field(default_factory=Queue)
    closed_in_time: bool | None = None
    """Whether it closed before anybody took its socket away."""

    closed: Event = field(default_factory=Event)
    tasks_ended: bool = False

    def __call__(self, site: object, **given: Any) -> "FakeServer":
        self.given = given
        return self

    def run(self) -> None:
        while not self.closed.is_set():
            call = self.pulled.get(timeout=SECONDS)
            self.closed_in_time = not any(each.closed for each in self.given["sockets"])
            call()

    @property
    def trigger(self) -> Any:
        return SimpleNamespace(pull_trigger=self.pulled.put)

    @property
    def task_dispatcher(self) -> Any:
        def shutdown() -> None:
            self.tasks_ended = True

        return SimpleNamespace(shutdown=shutdown)

    def close(self) -> None:
        self.closed.set()


@pytest.fixture(autouse=True)
def listening(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeSocket]:
    """Sockets are taken from here, and htmx is installed."""
    fake = FakeSocket()
    module = SimpleNamespace(socket=lambda *_: fake, AF_INET=0, SOCK_STREAM=0, SOL_SOCKET=0, SO_REUSEADDR=0)
    monkeypatch.setattr("ops.console.server.socket", module)
    (tmp_path / "htmx.min.js").touch()
    monkeypatch.setattr("ops.console.server.HTMX", tmp_path / "htmx.min.js")
    yield fake
    assert fake.closed or not fake.bound


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    fake = FakeServer()
    monkeypatch.setattr("ops.console.server.create_server", fake)
    return fake


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()} & {"console", "watch"}


def test_it_listens_on_loopback_alone_and_for_this_machine_s_browser(
    stage: ConsoleStage, listening: FakeSocket, server: FakeServer
) -> None:
    with serving(stage.deployed, port=8710) as (desk, thread):
        assert listening.bound == [("127.0.0.1", 8710)]
        assert server.given["sockets"] == [listening]
        assert not {"host", "port", "listen", "unix_socket"} & server.given.keys()
        assert desk.gate.address.startswith("http://127.0.0.1:8710/?key=")
        assert (desk.who, desk.region) == (OPERATOR, REGION)
        assert thread.is_alive()


def test_a_port_that_is_free_is_found_and_named(stage: ConsoleStage) -> None:
    with serving(stage.deployed) as (desk, _):
        assert desk.gate.port == 50_123


def test_each_run_has_a_key_of_its_own_that_nobody_guesses(stage: ConsoleStage) -> None:
    keys = set()
    for _ in range(3):
        with serving(stage.deployed) as (desk, _thread):
            keys.add(desk.gate.key)

    assert len(keys) == 3
    assert min(map(len, keys)) >= 32


@pytest.mark.parametrize("code", [errno.EADDRINUSE, errno.EACCES])
def test_a_port_that_cannot_be_had_is_a_sentence(stage: ConsoleStage, listening: FakeSocket, code: int) -> None:
    listening.taken = {8710: code}

    with pytest.raises(OperatorError, match=r"cannot listen on port 8710 of 127\.0\.0\.1.*Give another --port"):
        serve(stage.deployed, port=8710, browse=False)

    assert listening.closed
    assert threads() == set()


def test_clients_are_made_before_there_are_threads_since_boto3_makes_none_in_threads_safely(
    stage: ConsoleStage,
) -> None:
    made: dict[str, set[str]] = {}
    asked: set[str] = set()
    inner = stage.deployed

    def client(service: str) -> Any:
        made.setdefault(service, threads() | {threading.current_thread().name})
        asked.add(service)
        return inner.client(service)

    with serving(DeployedStage("dev", client)) as (desk, _):
        asked.clear()
        stage.bury(1)
        desk.board.look()

    assert asked <= made.keys()
    assert all(alive == {threading.current_thread().name} for alive in made.values())


@pytest.mark.parametrize("service", ["sts", "cloudformation"])
def test_what_is_wrong_with_the_credentials_or_the_stage_is_said_at_once(
    stage: ConsoleStage, listening: FakeSocket, service: str
) -> None:
    stage.client(service).fail = failing("ExpiredToken")

    with pytest.raises(OperatorError, match="credentials have expired"):
        serve(stage.deployed, port=0, browse=False)

    assert listening.bound == []


def test_where_htmx_is_not_installed_that_is_said(
    stage: ConsoleStage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("ops.console.server.HTMX", tmp_path / "nowhere.js")

    with pytest.raises(OperatorError, match="make setup"):
        serve(stage.deployed, port=0, browse=False)


class Busy(Job):
    """Has something in hand, until it is stopped."""

    def __init__(self, number: int, *, now: Callable[[], Any]) -> None:
        super().__init__(number, now=now)
        self.served_when_it_ended: bool | None = None
        self.server: FakeServer | None = None

    @property
    def well(self) -> bool:
        return False

    def run(self) -> None:
        try:
            self.sleep(1_000)
        finally:
            self.served_when_it_ended = self.server is not None and not self.server.closed.is_set()


def test_when_it_ends_works_put_back_what_they_have_then_all_is_closed(
    stage: ConsoleStage, server: FakeServer, listening: FakeSocket
) -> None:
    with pytest.raises(ZeroDivisionError), serving(stage.deployed) as (desk, _):  # noqa: PT012 it ends by a signal
        work = Busy(1, now=desk.now)
        work.server = server
        desk.works.start(lambda _number: work)
        raise ZeroDivisionError

    assert (work.state, work.served_when_it_ended) == (JobState.STOPPED, True)
    assert server.closed.is_set()
    assert server.tasks_ended
    assert listening.closed
    poll(lambda: not threads(), what="the end of its threads", seconds=SECONDS, every=0.001)


def test_its_socket_is_not_closed_under_the_thread_that_waits_on_it(
    stage: ConsoleStage, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To wait on a closed socket is an error in that thread, which nobody catches."""
    held = server.pulled.put
    monkeypatch.setattr(server.pulled, "put", lambda call: Timer(0.05, held, [call]).start())

    with serving(stage.deployed):
        pass

    assert server.closed_in_time


def test_works_are_stopped_before_the_look_that_goes_on_is_waited_for(stage: ConsoleStage) -> None:
    looking, go_on = Event(), Event()

    def hold(_operation: str) -> None:
        looking.set()
        assert go_on.wait(SECONDS)

    stage.sqs.before = hold
    with serving(stage.deployed) as (desk, _):
        work = desk.works.start(lambda number: Busy(number, now=desk.now))
        stopped = work.stop

        def stop() -> None:
            stopped()
            go_on.set()

        work.stop = stop  # type: ignore[method-assign]  # the look goes on when it is told
        desk.asked()
        assert looking.wait(SECONDS)

    assert work.state is JobState.STOPPED


def test_somebody_who_opens_a_page_has_the_stage_looked_at(stage: ConsoleStage) -> None:
    stage.bury(1)
    with serving(stage.deployed) as (desk, _):
        assert desk.board.seen.status is None

        desk.asked()

        poll(lambda: desk.board.seen.found, what="the letter", seconds=SECONDS, every=0.001)


@pytest.mark.parametrize(("browse", "opens"), [(False, True), (True, True), (True, False)])
def test_the_address_is_printed_and_opened_where_that_is_asked_for(  # noqa: PLR0913, PLR0917 fixtures
    stage: ConsoleStage,
    server: FakeServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    browse: bool,
    opens: bool,
) -> None:
    opened: list[str] = []

    def open_(address: str) -> bool:
        opened.append(address)
        return opens

    monkeypatch.setattr("ops.console.server.webbrowser.open", open_)
    server.closed.set()

    assert serve(stage.deployed, port=8710, browse=browse)

    told = capsys.readouterr()
    address = told.out.removeprefix("Console of stage dev: ").strip()
    assert address.startswith("http://127.0.0.1:8710/?key=")
    assert opened == [address] * browse
    assert ("No browser could be opened" in told.err) is (browse and not opens)
    assert address not in told.err
