"""The fuzzer itself: its inputs get everywhere, its checks see what they are for, and what breaks something is kept."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from lambdas.common.batch import BatchResponse
from lambdas.common.delivery import Done
from lambdas.queue_processor.handler import Routing
from schemas.message import AnyMessage
from schemas.reasons import Outcome, Reason
from tests.fuzz import __main__, console, guided, slack
from tests.fuzz.__main__ import main
from tests.fuzz.blind import run
from tests.fuzz.conservation import conserved
from tests.fuzz.consumers import at_its_function
from tests.fuzz.encoding import FIELD, RECORD, data_of, text_of
from tests.fuzz.ingress import at_the_ingress
from tests.fuzz.records import records
from tests.fuzz.seeds import valid
from tests.fuzz.tally import Tally
from tests.fuzz.targets import CONSOLE, CONSUMER, INGRESS, SLACK, TARGETS, Target
from tests.messages import booking, text
from tests.unit.fakes import World, sqs_record
from tests.unit.ops.web.console_fakes import KEY

AS_BLIND = ["ingress", "--blind", "--runs", "300"]


def found(target: Target, inputs: int) -> Counter[str]:
    random = Random(1)  # noqa: S311 the same inputs in each run
    made = (target.check(text_of(data_of(target.made(random)))) for _ in range(inputs))
    return sum(made, Counter[str]())


def test_inputs_at_the_ingress_get_to_every_end_that_there_is() -> None:
    ends = found(INGRESS, 400)

    refused = {reason for reason in Reason if ends[f"dead_lettered, {reason}"]}
    assert refused >= {Reason.INVALID_JSON, Reason.INVALID_ENVELOPE, Reason.UNKNOWN_TYPE, Reason.UNSUPPORTED_VERSION}
    assert refused >= {Reason.INVALID_PAYLOAD, Reason.LOOP, Reason.CRASHED}
    assert ends["routed"] > 0.05 * ends.total()
    assert ends["deferred"]


def test_inputs_at_the_functions_get_past_the_contract() -> None:
    ends = found(CONSUMER, 400)

    for end in (Outcome.SUCCEEDED, Outcome.SKIPPED, Outcome.DUPLICATE, Outcome.DEFERRED, Outcome.RETRYING):
        assert ends[end], end
    assert ends[f"{Outcome.DEAD_LETTERED}, {Reason.PERMANENT}"]


def test_alerts_and_requests_get_everywhere_too() -> None:
    assert found(SLACK, 40).keys() >= {"alarm", "recovery", "dead_letters", "unreadable"}
    assert found(CONSOLE, 600).keys() >= {"200", "303", "400", "401", "403", "404", "421"}


class Swallowing(Routing):
    """An ingress that says that it routed, and did not."""

    def run(self, message: AnyMessage, body: str) -> Done:
        return Done(Outcome.ROUTED)


class Trimming(Routing):
    """An ingress that publishes another text than came."""

    def run(self, message: AnyMessage, body: str) -> Done:
        return super().run(message, body.replace(" ", ""))


@pytest.mark.parametrize("faulty", [Swallowing, Trimming])
def test_what_is_not_published_as_it_came_is_seen(faulty: type[Routing], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.ingress.Routing", faulty)

    with pytest.raises(AssertionError):
        at_the_ingress([sqs_record(BODY)])


BODY = text(booking(id="b-1"))


@pytest.mark.parametrize(
    ("outcomes", "letters", "left", "seen"),
    [
        ([], [], [], "no outcome"),
        (["dead_lettered"], [], [], "as it came"),
        (["dead_lettered"], [f" {BODY}"], [], "as it came"),
        (["dead_lettered", "dead_lettered"], [BODY], [], "two outcomes"),
        (["deferred"], [], [], "on its way"),
        (["succeeded"], [], ["m-1"], "stays on the queue"),
        (["succeeded"], [BODY], [], "as it came"),
    ],
)
def test_what_is_lost_changed_or_told_twice_is_seen(
    outcomes: list[str], letters: list[str], left: list[str], seen: str
) -> None:
    world = World()
    world.log += [f'{{"outcome":"{each}","sqs_message_id":"m-1","reason":"loop"}}' for each in outcomes]
    world.sqs.queues["https://sqs.test/dead-letters"] = [{"MessageBody": each} for each in letters]
    answer: BatchResponse = {"batchItemFailures": [{"itemIdentifier": each} for each in left]}

    with pytest.raises(AssertionError, match=seen):
        conserved([sqs_record(BODY)], answer, world)


@pytest.mark.parametrize("markup", ["<!channel>", "<https://evil.test|Dashboard>", "a & b"])
def test_markup_that_is_not_escaped_is_seen(markup: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambdas.slack_notifier.mrkdwn._ESCAPES", {})

    with pytest.raises(AssertionError, match="markup"):
        slack.told([SLACK.seeds[0].replace("SES did not answer", markup)])


def test_a_defect_of_the_console_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ops.web.looking.sparkline", broken)

    with pytest.raises(AssertionError, match="defect"):
        console.asked(console.SEEDS[0])


def test_an_answer_without_its_headers_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.console.HEADERS", {"X-Frame-Options": "DENY", "X-New": "1"})

    with pytest.raises(AssertionError):
        console.asked(console.SEEDS[0])


def test_a_stranger_who_gets_in_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.web.gate.Gate._is_key", lambda *_: True)

    with pytest.raises(AssertionError, match="stranger"):
        console.asked(console.SEEDS[0].replace(KEY, "wrong"))


def test_what_a_function_emits_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    from schemas.bookings import BOOKING_CREATED  # noqa: PLC0415 this test's alone

    monkeypatch.setattr("tests.fuzz.consumers.BY_NAME", {})

    with pytest.raises(AssertionError, match="emits what its function refuses"):
        at_its_function(BOOKING_CREATED, [sqs_record(valid()["booking.created"][0])], Random(1))  # noqa: S311 likewise


def test_a_text_is_records_with_what_came_with_them() -> None:
    (first, second) = records(f"a{RECORD}{RECORD}b{FIELD}2{FIELD}history=x=y{FIELD}z")

    assert (first["body"], first["attributes"]["ApproximateReceiveCount"]) == ("a", "1")
    assert (second["body"], second["attributes"]["ApproximateReceiveCount"]) == ("b", "3")
    assert {name: each["stringValue"] for name, each in second["messageAttributes"].items()} == {
        "history": "x=y",
        "z": "",
    }


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", "é\U0001f4a9".encode(), b"\xed\xa0\x80", bytes(range(256))])
def test_bytes_are_the_same_after_they_were_text(data: bytes) -> None:
    assert data_of(text_of(data)) == data


def test_a_text_that_no_bytes_stand_for_can_be_kept_all_the_same() -> None:
    assert text_of(data_of("a\ud800b")) == "a\ufffdb"


def test_the_command_line_says_how_many_inputs_there_were_and_what_became_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(AS_BLIND, folder=tmp_path)

    said = capsys.readouterr().out
    assert code == 0
    assert " outcomes, 0 crashes, " in said
    assert "  dead_lettered, invalid_json" in said
    assert not list(tmp_path.rglob("*"))


def test_the_same_seed_makes_the_same_inputs() -> None:
    tallies = [Tally(Path()), Tally(Path()), Tally(Path())]

    for tally, seed in zip(tallies, [1, 1, 2], strict=True):
        run(CONSUMER, tally, runs=100, seconds=0, seed=seed)

    assert tallies[0].outcomes == tallies[1].outcomes
    assert tallies[0].outcomes != tallies[2].outcomes


def broken_target(text: str) -> Counter[str]:
    if "b" in text:
        raise ValueError("it has a b")
    return Counter(["good"])


@pytest.fixture
def brittle(monkeypatch: pytest.MonkeyPatch) -> str:
    """A target that breaks at the first input."""
    target = Target(name="brittle", about="a test", seeds=["b", "a"], check=broken_target)
    targets: Mapping[str, Any] = {"brittle": target}
    monkeypatch.setattr(__main__, "TARGETS", targets)
    return target.name


def test_what_breaks_something_is_kept_and_can_be_run_again(
    brittle: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main([brittle, "--blind", "--runs", "1"], folder=tmp_path)

    (kept,) = tmp_path.rglob("crash-*")
    assert code == 1
    assert "CRASH ValueError: it has a b" in capsys.readouterr().out
    assert kept.read_bytes() == b"b"
    assert main([brittle, "--again", str(kept)]) == 1
    kept.write_text("a")
    assert main([brittle, "--again", str(kept)]) == 0


def test_what_libfuzzer_says_is_counted_and_passed_on_where_something_broke(capsys: pytest.CaptureFixture[str]) -> None:
    pulse = ["#2\tINITED cov: 7 ft: 9 corp: 1/1b\n", "#9\tNEW    cov: 12 ft: 20 corp: 2/9b\n"]
    counted = ["stat::number_of_executed_units: 132\n"]

    assert guided.counted(pulse + counted) == (132, 12)
    assert capsys.readouterr().err == ""
    guided.counted([*pulse, "==1== ERROR: libFuzzer: deadly\n"])
    assert capsys.readouterr().err == "==1== ERROR: libFuzzer: deadly\n"


def test_every_target_says_what_it_is_about() -> None:
    assert {name: target.name for name, target in TARGETS.items()} == {name: name for name in TARGETS}
