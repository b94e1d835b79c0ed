"""The server listens on loopback only, fails early, and stops everything when it ends."""

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
    """A socket that needs no network."""

    taken: dict[int, int] = field(default_factory=dict)
    """Error codes of unavailable ports."""

    bound: list[tuple[str, int]] = field(default_factory=list)
    closed: bool = False

    def setsockopt(self, *_: int) -> None:
        """Do nothing."""

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
    """A server without requests. Like waitress, it runs triggered calls in the server thread."""

    given: dict[str, Any] = field(default_factory=dict)
    triggered: "Queue[Callable[[], object]]" = field(default_factory=Queue)
    triggered_in_time: bool | None = None
    """Whether a triggered call ran before a socket was closed."""

    closed: Event = field(default_factory=Event)
    tasks_ended: bool = False

    def __call__(self, site: object, **given: Any) -> "FakeServer":
        self.given = given
        return self

    def run(self) -> None:
        while not self.closed.is_set():
            call = self.triggered.get(timeout=SECONDS)
            self.triggered_in_time = not any(each.closed for each in self.given["sockets"])
            call()

    @property
    def trigger(self) -> Any:
        return SimpleNamespace(pull_trigger=self.triggered.put)

    @property
    def task_dispatcher(self) -> Any:
        def shutdown() -> None:
            self.tasks_ended = True

        return SimpleNamespace(shutdown=shutdown)

    def close(self) -> None:
        self.closed.set()


@pytest.fixture(autouse=True)
def listening(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeSocket]:
    """The socket that the server uses; htmx is installed."""
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
    return {thread.name for thread in threading.enumerate()} & {"console", "poller"}


def test_console_listens_on_loopback_only(stage: ConsoleStage, listening: FakeSocket, server: FakeServer) -> None:
    with serving(stage.deployed, port=8710) as (context, thread):
        assert listening.bound == [("127.0.0.1", 8710)]
        assert server.given["sockets"] == [listening]
        assert not {"host", "port", "listen", "unix_socket"} & server.given.keys()
        assert context.access.address.startswith("http://127.0.0.1:8710/?key=")
        assert (context.operator, context.region) == (OPERATOR, REGION)
        assert thread.is_alive()


def test_port_0_takes_any_free_port(stage: ConsoleStage) -> None:
    with serving(stage.deployed) as (context, _):
        assert context.access.port == 50_123


def test_each_run_has_a_new_long_key(stage: ConsoleStage) -> None:
    keys = set()
    for _ in range(3):
        with serving(stage.deployed) as (context, _):
            keys.add(context.access.key)

    assert len(keys) == 3
    assert min(map(len, keys)) >= 32


@pytest.mark.parametrize("code", [errno.EADDRINUSE, errno.EACCES])
def test_unavailable_port_is_an_error(stage: ConsoleStage, listening: FakeSocket, code: int) -> None:
    listening.taken = {8710: code}

    with pytest.raises(OperatorError, match=r"cannot listen on port 8710 of 127\.0\.0\.1.*Give another --port"):
        serve(stage.deployed, port=8710, browse=False)

    assert listening.closed
    assert threads() == set()


def test_clients_are_created_before_threads_start(stage: ConsoleStage) -> None:
    threads_at: dict[str, set[str]] = {}
    requested: set[str] = set()
    wrapped = stage.deployed

    def client(service: str) -> Any:
        threads_at.setdefault(service, threads() | {threading.current_thread().name})
        requested.add(service)
        return wrapped.client(service)

    with serving(DeployedStage("dev", client)) as (context, _):
        requested.clear()
        stage.add_dead_letter(1)
        context.cache.poll()

    assert requested <= threads_at.keys()
    assert all(alive == {threading.current_thread().name} for alive in threads_at.values())


@pytest.mark.parametrize("service", ["sts", "sqs"])
def test_wrong_credentials_or_stage_are_an_error_before_listening(
    stage: ConsoleStage, listening: FakeSocket, service: str
) -> None:
    stage.client(service).fail = failing("ExpiredToken")

    with pytest.raises(OperatorError, match="credentials have expired"):
        serve(stage.deployed, port=0, browse=False)

    assert listening.bound == []


def test_missing_htmx_is_an_error(stage: ConsoleStage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("ops.console.server.HTMX", tmp_path / "nowhere.js")

    with pytest.raises(OperatorError, match="make setup"):
        serve(stage.deployed, port=0, browse=False)


class BusyJob(Job):
    """A job that runs until it is stopped."""

    def __init__(self, number: int, *, now: Callable[[], Any]) -> None:
        super().__init__(number, now=now)
        self.served_at_its_end: bool | None = None
        self.server: FakeServer | None = None

    @property
    def succeeded(self) -> bool:
        return False

    def run(self) -> None:
        try:
            self.sleep(1_000)
        finally:
            self.served_at_its_end = self.server is not None and not self.server.closed.is_set()


def test_shutdown_stops_jobs_before_it_closes_the_server(
    stage: ConsoleStage, server: FakeServer, listening: FakeSocket
) -> None:
    with pytest.raises(ZeroDivisionError), serving(stage.deployed) as (context, _):  # noqa: PT012 the block ends with a signal
        job = BusyJob(1, now=context.now)
        job.server = server
        context.jobs.start(lambda _number: job)
        raise ZeroDivisionError

    assert (job.state, job.served_at_its_end) == (JobState.STOPPED, True)
    assert server.closed.is_set()
    assert server.tasks_ended
    assert listening.closed
    poll(lambda: not threads(), what="the threads to end", seconds=SECONDS, every=0.001)


def test_socket_is_closed_after_the_server_thread_released_it(
    stage: ConsoleStage, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting on a closed socket raises in the server thread, where nothing handles the error."""
    put = server.triggered.put
    monkeypatch.setattr(server.triggered, "put", lambda call: Timer(0.05, put, [call]).start())

    with serving(stage.deployed):
        pass

    assert server.triggered_in_time


def test_shutdown_stops_jobs_before_it_waits_for_the_running_poll(stage: ConsoleStage) -> None:
    polling, proceed = Event(), Event()

    def hold(_operation: str) -> None:
        polling.set()
        assert proceed.wait(SECONDS)

    with serving(stage.deployed) as (context, _):
        stage.sqs.before = hold
        job = context.jobs.start(lambda number: BusyJob(number, now=context.now))
        stop_job = job.stop

        def stop() -> None:
            stop_job()
            proceed.set()

        job.stop = stop  # type: ignore[method-assign]  # the poll continues after the stop
        context.page_requested()
        assert polling.wait(SECONDS)

    assert job.state is JobState.STOPPED


def test_page_request_starts_polling(stage: ConsoleStage) -> None:
    stage.add_dead_letter(1)
    with serving(stage.deployed) as (context, _):
        assert context.cache.snapshot.status is None

        context.page_requested()

        poll(lambda: context.cache.snapshot.found, what="the dead letter", seconds=SECONDS, every=0.001)


@pytest.mark.parametrize(("browse", "opens"), [(False, True), (True, True), (True, False)])
def test_address_is_printed_and_opened_on_request(  # noqa: PLR0913, PLR0917 fixtures
    stage: ConsoleStage,
    server: FakeServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    browse: bool,
    opens: bool,
) -> None:
    opened: list[tuple[str, str, int]] = []

    def open_(address: str) -> bool:
        file = Path(address.removeprefix("file://"))
        opened.append((address, file.read_text(), file.stat().st_mode & 0o777))
        return opens

    monkeypatch.setattr("ops.console.browser.webbrowser.open", open_)
    server.closed.set()

    assert serve(stage.deployed, port=8710, browse=browse)

    printed = capsys.readouterr()
    address = printed.out.removeprefix("Console of stage dev: ").strip()
    assert address.startswith("http://127.0.0.1:8710/?key=")
    assert len(opened) == browse
    for opened_address, page, mode in opened:
        assert address.partition("key=")[2] not in opened_address + page
        assert mode == 0o600
        assert "http://127.0.0.1:8710/?ticket=" in page
        assert "ticket" not in opened_address
        assert not Path(opened_address.removeprefix("file://")).exists()
    assert ("No browser could be opened" in printed.err) is (browse and not opens)
    assert address not in printed.err
