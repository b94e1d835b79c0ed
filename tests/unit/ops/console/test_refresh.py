"""The watch: looks while somebody has a page open, at once for who waits, and never when nobody does."""

from dataclasses import dataclass, field
from threading import Event

import pytest

from ops.console.refresh import Poller
from tests.fakes.service import Clock
from tests.unit.ops.console.console_fakes import SECONDS


class Asked(Event):
    """Waits for no longer than a clock of its own says that it does."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.nobody = Event()
        """Set while it is waited for without an end."""

    def wait(self, timeout: float | None = None) -> bool:
        if timeout is None:
            self.nobody.set()
            return super().wait(SECONDS)
        if not self.is_set():
            self._clock.sleep(timeout)
        return self.is_set()


@dataclass
class Stage:
    """Is looked at."""

    clock: Clock = field(default_factory=Clock)
    looks: list[float] = field(default_factory=list)
    """When."""

    def __post_init__(self) -> None:
        self.asked = Asked(self.clock)
        self.watch = Poller(self.look, clock=self.clock, asked=self.asked)

    def look(self) -> None:
        self.looks.append(self.clock())

    def somebody_comes(self) -> None:
        self.asked.nobody.clear()
        self.watch.asked()

    def until_nobody_is_there(self) -> None:
        assert self.asked.nobody.wait(SECONDS)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.mark.parametrize("uptime", [0, 5, 100_000])
def test_before_somebody_comes_nothing_is_looked_at(stage: Stage, uptime: float) -> None:
    stage.clock.seconds = uptime

    with stage.watch.running():
        stage.until_nobody_is_there()

    assert stage.looks == []


def test_who_comes_has_a_look_at_once_then_one_every_three_seconds_for_as_long_as_a_tab_may_be_silent(
    stage: Stage,
) -> None:
    with stage.watch.running():
        stage.until_nobody_is_there()
        stage.somebody_comes()
        stage.until_nobody_is_there()

    assert stage.looks == list(range(0, 94, 3))


def test_who_comes_before_it_runs_is_not_forgotten(stage: Stage) -> None:
    stage.watch.asked()

    with stage.watch.running():
        stage.until_nobody_is_there()

    assert stage.looks[:2] == [0, 3]


def test_who_stays_has_looks_for_as_long_as_they_stay(stage: Stage) -> None:
    def look() -> None:
        stage.looks.append(stage.clock())
        if stage.clock() < 600:
            stage.watch.asked()

    stage.watch = Poller(look, clock=stage.clock, asked=stage.asked)
    stage.watch.asked()

    with stage.watch.running():
        stage.until_nobody_is_there()

    assert stage.looks == list(range(0, 691, 3))


def test_who_comes_back_has_a_look_at_once(stage: Stage) -> None:
    stage.watch.asked()

    with stage.watch.running():
        stage.until_nobody_is_there()
        stage.clock.sleep(3_600)
        stage.somebody_comes()
        stage.until_nobody_is_there()

    assert stage.looks == [*range(0, 94, 3), *range(3_693, 3_693 + 94, 3)]


def test_who_waits_for_something_new_does_not_wait_for_the_next_turn(stage: Stage) -> None:
    def look() -> None:
        stage.looks.append(stage.clock())
        if len(stage.looks) < 4:
            stage.watch.asked(at_once=True)

    stage.watch = Poller(look, clock=stage.clock, asked=stage.asked)
    stage.watch.asked()

    with stage.watch.running():
        stage.until_nobody_is_there()

    assert stage.looks[:6] == [0, 0, 0, 0, 3, 6]


def test_it_ends_with_the_look_that_goes_on(stage: Stage) -> None:
    looking, go_on = Event(), Event()

    def look() -> None:
        looking.set()
        assert go_on.wait(SECONDS)
        stage.looks.append(stage.clock())

    watch = Poller(look, clock=stage.clock)
    watch.asked()
    with watch.running():
        assert looking.wait(SECONDS)
        go_on.set()

    ended = list(stage.looks)
    watch.asked(at_once=True)
    assert stage.looks == ended
    assert ended


def test_a_look_that_ends_by_a_defect_is_told_in_the_terminal_and_not_the_last(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    def look() -> None:
        stage.look()
        raise ZeroDivisionError("a defect")

    stage.watch = Poller(look, clock=stage.clock, asked=stage.asked)
    stage.watch.asked()

    with stage.watch.running():
        stage.until_nobody_is_there()

    assert len(stage.looks) == 32
    assert "ZeroDivisionError: a defect" in caplog.text
