"""The poller polls while a page is open, at once on request, and never while no page is open."""

from dataclasses import dataclass, field
from threading import Event

import pytest

from ops.console import refresh
from ops.console.refresh import Poller
from tests.fakes.service import Clock
from tests.unit.ops.console.console_fakes import SECONDS


class Wake(Event):
    """An event whose timeouts pass on a simulated clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.idle = Event()
        """Set while a thread waits without a timeout."""

    def wait(self, timeout: float | None = None) -> bool:
        if timeout is None:
            self.idle.set()
            return super().wait(SECONDS)
        if not self.is_set():
            self._clock.sleep(timeout)
        return self.is_set()


@dataclass
class Stage:
    """A stage that counts its polls."""

    clock: Clock = field(default_factory=Clock)
    polls: list[float] = field(default_factory=list)
    """Times of the polls."""

    def __post_init__(self) -> None:
        self.wake = Wake(self.clock)
        self.poller = Poller(self.poll, clock=self.clock, wake=self.wake)

    def poll(self) -> None:
        self.polls.append(self.clock())

    def request_page(self) -> None:
        self.wake.idle.clear()
        self.poller.page_requested()

    def wait_until_idle(self) -> None:
        assert self.wake.idle.wait(SECONDS)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.mark.parametrize("uptime", [0, 5, 100_000])
def test_stage_is_not_polled_before_the_first_request(stage: Stage, uptime: float) -> None:
    stage.clock.seconds = uptime

    with stage.poller.running():
        stage.wait_until_idle()

    assert stage.polls == []


def test_request_is_polled_at_once_then_every_3_s_until_idle(
    stage: Stage,
) -> None:
    with stage.poller.running():
        stage.wait_until_idle()
        stage.request_page()
        stage.wait_until_idle()

    assert stage.polls == list(range(0, 94, 3))


def test_request_before_the_start_is_remembered(stage: Stage) -> None:
    stage.poller.page_requested()

    with stage.poller.running():
        stage.wait_until_idle()

    assert stage.polls[:2] == [0, 3]


def test_polling_continues_while_requests_arrive(stage: Stage) -> None:
    def poll() -> None:
        stage.polls.append(stage.clock())
        if stage.clock() < 600:
            stage.poller.page_requested()

    stage.poller = Poller(poll, clock=stage.clock, wake=stage.wake)
    stage.poller.page_requested()

    with stage.poller.running():
        stage.wait_until_idle()

    assert stage.polls == list(range(0, 691, 3))


def test_request_after_a_pause_is_polled_at_once(stage: Stage) -> None:
    stage.poller.page_requested()

    with stage.poller.running():
        stage.wait_until_idle()
        stage.clock.sleep(3_600)
        stage.request_page()
        stage.wait_until_idle()

    assert stage.polls == [*range(0, 94, 3), *range(3_693, 3_693 + 94, 3)]


def test_request_at_once_does_not_wait_for_the_interval(stage: Stage) -> None:
    def poll() -> None:
        stage.polls.append(stage.clock())
        if len(stage.polls) < 4:
            stage.poller.page_requested(at_once=True)

    stage.poller = Poller(poll, clock=stage.clock, wake=stage.wake)
    stage.poller.page_requested()

    with stage.poller.running():
        stage.wait_until_idle()

    assert stage.polls[:6] == [0, 0, 0, 0, 3, 6]


def test_stop_waits_for_the_running_poll(stage: Stage) -> None:
    polling, proceed = Event(), Event()

    def poll() -> None:
        polling.set()
        assert proceed.wait(SECONDS)
        stage.polls.append(stage.clock())

    poller = Poller(poll, clock=stage.clock)
    poller.page_requested()
    with poller.running():
        assert polling.wait(SECONDS)
        proceed.set()

    ended = list(stage.polls)
    poller.page_requested(at_once=True)
    assert stage.polls == ended
    assert ended


def test_unexpected_error_of_a_poll_is_logged_and_polling_continues(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    def poll() -> None:
        stage.poll()
        raise ZeroDivisionError("a defect")

    stage.poller = Poller(poll, clock=stage.clock, wake=stage.wake)
    stage.poller.page_requested()

    with stage.poller.running():
        stage.wait_until_idle()

    assert len(stage.polls) == 32
    assert "ZeroDivisionError: a defect" in caplog.text


def test_poll_without_an_end_is_abandoned_with_a_note(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(refresh, "_END_SECONDS", 0.01)
    polling, answered = Event(), Event()

    def poll() -> None:
        polling.set()
        answered.wait(SECONDS)

    poller = Poller(poll)
    with poller.running():
        poller.page_requested()
        assert polling.wait(SECONDS)
    answered.set()

    assert "AWS did not answer: dead letters may stay hidden from others for up to 120 s." in capsys.readouterr().err
