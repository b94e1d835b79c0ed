"""Works: how they end, however they end; what is remembered of them; that none outlives the console unheard."""

from collections.abc import Callable
from threading import Event, Thread

import pytest

from ops.console.jobs import job
from ops.console.jobs.job import Job, JobRegistry, JobState
from ops.terminal.errors import OperatorError
from tests.fakes.service import NOON, Clock
from tests.unit.ops.console.console_fakes import SECONDS, until_it_asks, until_it_ended


class Doing(Job):
    """Does what a test says."""

    def __init__(self, do: Callable[["Doing"], None] = lambda _work: None, number: int = 1) -> None:
        self.clock = Clock()
        super().__init__(number, now=self.clock.now)
        self._do = do

    @property
    def well(self) -> bool:
        return self.state is JobState.DONE

    def run(self) -> None:
        self._do(self)


def refuse(_work: Job) -> None:
    raise OperatorError("AWS throttles ReceiveMessage")


def defect(_work: Job) -> None:
    raise ZeroDivisionError("secret words of a payload")


def carried_out(do: Callable[[Doing], None]) -> Doing:
    work = Doing(do)
    work.carry_out()
    return work


def in_a_thread(work: Job) -> Thread:
    thread = Thread(target=work.carry_out, daemon=True)
    thread.start()
    return thread


def test_one_that_comes_to_its_end_is_done() -> None:
    work = carried_out(lambda work: work.clock.sleep(5))

    assert (work.state, work.trouble) == (JobState.DONE, "")
    assert (work.began, work.ended) == (NOON, work.clock.now())


def test_one_that_cannot_go_on_says_why() -> None:
    work = carried_out(refuse)

    assert (work.state, work.trouble, work.ended) == (JobState.FAILED, "AWS throttles ReceiveMessage", NOON)


def test_one_that_ends_by_a_defect_says_so_without_its_words_and_lets_it_speak_in_the_terminal() -> None:
    work = Doing(defect)

    with pytest.raises(ZeroDivisionError):
        work.carry_out()

    assert (work.state, work.ended) == (JobState.FAILED, NOON)
    assert "a defect" in work.trouble
    assert "secret" not in work.trouble


@pytest.mark.parametrize(
    "moment",
    [
        lambda work: work.enter("Look"),
        lambda work: work.progress(3),
        lambda work: work.sleep(1_000),
        lambda work: work.ask(),
        lambda work: work.go_on(),
    ],
    ids=["enter", "progress", "sleep", "ask", "go on"],
)
def test_stopped_it_ends_at_the_next_moment_that_it_can(moment: Callable[[Job], None]) -> None:
    def do(work: Job) -> None:
        work.stop()
        moment(work)
        pytest.fail("it went on")

    work = carried_out(do)

    assert (work.state, work.ending, work.trouble) == (JobState.STOPPED, True, "")


def test_stopped_while_it_sleeps_it_ends_long_before_it_would_wake() -> None:
    asleep = Event()

    def do(work: Job) -> None:
        asleep.set()
        work.sleep(10_000)

    work = Doing(do)
    thread = in_a_thread(work)
    assert asleep.wait(SECONDS)

    work.stop()
    thread.join(SECONDS)

    assert work.state is JobState.STOPPED


def test_one_that_sleeps_and_is_not_stopped_goes_on() -> None:
    assert carried_out(lambda work: work.sleep(0)).state is JobState.DONE


def test_one_that_was_done_when_it_was_stopped_is_done() -> None:
    work = carried_out(lambda work: work.stop())

    assert work.state is JobState.DONE


def test_asked_it_waits_for_a_yes() -> None:
    work = Doing(Job.ask)
    thread = in_a_thread(work)
    until_it_asks(work)

    work.agree()
    thread.join(SECONDS)

    assert work.state is JobState.DONE


def test_a_stop_is_a_no() -> None:
    work = Doing(Job.ask)
    thread = in_a_thread(work)
    until_it_asks(work)

    work.stop()
    work.agree()
    thread.join(SECONDS)

    assert work.state is JobState.STOPPED


def test_a_yes_before_the_question_is_none() -> None:
    work = Doing(Job.ask)
    work.agree()
    thread = in_a_thread(work)

    until_it_asks(work)

    work.stop()
    thread.join(SECONDS)
    assert work.state is JobState.STOPPED


def test_each_phase_begins_at_nothing_and_what_is_more_than_was_thought_is_no_more_than_there_is() -> None:
    work = Doing()

    work.enter("Look", 10)
    work.progress(4)
    assert (work.phase, work.done, work.about) == ("Look", 4, 10)
    work.progress(14)
    assert (work.done, work.about) == (14, 14)
    work.enter("Wait")
    assert (work.phase, work.done, work.about) == ("Wait", 0, 0)


def test_a_work_that_does_not_say_what_it_does_is_none() -> None:
    with pytest.raises(TypeError, match=r"run.* well"):
        Job(1, now=Clock().now)  # type: ignore[abstract]  # which is the point


def ended(works: JobRegistry, count: int) -> list[Job]:
    """So many that came to their end, one after the other."""
    begun = []
    for _ in range(count):
        work = works.start(lambda number: Doing(number=number))
        until_it_ended(work)
        begun.append(work)
    return begun


def test_they_are_numbered_and_found_the_latest_first() -> None:
    works = JobRegistry()

    begun = ended(works, 3)

    assert [work.number for work in begun] == [1, 2, 3]
    assert works.latest() == begun[::-1]
    assert works.find(2) is begun[1]
    assert works.find(4) is None


def test_the_oldest_that_ended_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "_MOST", 3)
    works, go_on = JobRegistry(), Event()
    running = works.start(lambda number: Doing(lambda _work: _until(go_on), number))

    begun = ended(works, 5)

    assert works.latest() == [*begun[:2:-1], running]
    assert works.find(begun[0].number) is None
    go_on.set()
    works.end()


def _until(event: Event) -> None:
    assert event.wait(SECONDS)


def test_those_that_run_are_never_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "_MOST", 2)
    works = JobRegistry()

    running = [works.start(lambda number: Doing(lambda work: work.sleep(1_000), number)) for _ in range(4)]

    assert works.latest() == running[::-1]
    works.end()


def test_when_the_console_ends_all_are_stopped_and_waited_for() -> None:
    works = JobRegistry()
    release: list[int] = []

    def do(work: Doing) -> None:
        try:
            work.sleep(1_000)
        finally:
            release.append(work.number)

    running = [works.start(lambda number: Doing(do, number)) for _ in range(3)]
    asking = works.start(lambda number: Doing(Job.ask, number))

    works.end()

    assert sorted(release) == [1, 2, 3]
    assert {work.state for work in [*running, asking]} == {JobState.STOPPED}


def test_when_the_console_ends_nothing_more_is_begun() -> None:
    works = JobRegistry()
    works.end()

    with pytest.raises(OperatorError, match="the console is ending"):
        works.start(lambda number: Doing(refuse, number))

    assert works.latest() == []
