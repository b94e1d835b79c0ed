"""The fuzzer itself: its inputs reach all outcomes, and failing inputs are kept."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from schemas.reasons import Outcome, Reason
from tests.fuzz import __main__, guided
from tests.fuzz.__main__ import main
from tests.fuzz.blind import run
from tests.fuzz.encoding import FIELD, RECORD, data_of, text_of
from tests.fuzz.records import records
from tests.fuzz.tally import Tally
from tests.fuzz.targets import CONSOLE, CONSUMER, INGRESS, SLACK, Target

BLIND_RUN = ["ingress", "--blind", "--runs", "300"]


def outcomes(target: Target, inputs: int) -> Counter[str]:
    random = Random(1)
    counts = (target.check(text_of(data_of(target.generate(random)))) for _ in range(inputs))
    return sum(counts, Counter[str]())


def test_inputs_of_the_ingress_reach_each_outcome() -> None:
    counts = outcomes(INGRESS, 800)

    refused = {reason for reason in Reason if counts[f"dead_lettered, {reason}"]}
    assert refused >= {Reason.INVALID_JSON, Reason.INVALID_ENVELOPE, Reason.UNKNOWN_TYPE, Reason.UNSUPPORTED_VERSION}
    assert refused >= {Reason.INVALID_PAYLOAD, Reason.LOOP, Reason.CRASHED}
    assert counts["routed"] > 0.05 * counts.total()
    assert counts["deferred"]


def test_inputs_of_the_functions_pass_validation() -> None:
    counts = outcomes(CONSUMER, 400)

    for outcome in (Outcome.SUCCEEDED, Outcome.SKIPPED, Outcome.DUPLICATE, Outcome.DEFERRED, Outcome.RETRYING):
        assert counts[outcome], outcome
    assert counts[f"{Outcome.DEAD_LETTERED}, {Reason.PERMANENT}"]


def test_inputs_of_slack_and_console_reach_each_outcome() -> None:
    assert outcomes(SLACK, 40).keys() >= {"alarm", "recovery", "dead_letters", "unreadable"}
    assert outcomes(CONSOLE, 600).keys() >= {"200", "303", "400", "401", "403", "404", "421"}


def test_a_text_is_split_into_records_with_attributes() -> None:
    (first, second) = records(f"a{RECORD}{RECORD}b{FIELD}2{FIELD}history=x=y{FIELD}z")

    assert (first["body"], first["attributes"]["ApproximateReceiveCount"]) == ("a", "1")
    assert (second["body"], second["attributes"]["ApproximateReceiveCount"]) == ("b", "3")
    assert {name: each["stringValue"] for name, each in second["messageAttributes"].items()} == {
        "history": "x=y",
        "z": "",
    }


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", "é\U0001f4a9".encode(), b"\xed\xa0\x80", bytes(range(256))])
def test_bytes_survive_the_conversion_to_text_and_back(data: bytes) -> None:
    assert data_of(text_of(data)) == data


def test_a_text_without_byte_form_is_kept_with_replacements() -> None:
    assert text_of(data_of("a\ud800b")) == "a\ufffdb"


def test_the_command_line_prints_the_number_of_inputs_and_their_outcomes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(BLIND_RUN, folder=tmp_path)

    printed = capsys.readouterr().out
    assert code == 0
    assert " outcomes, 0 crashes, " in printed
    assert "  dead_lettered, invalid_json" in printed
    assert not list(tmp_path.rglob("*"))


def test_the_same_seed_makes_the_same_inputs() -> None:
    tallies = [Tally(Path()), Tally(Path()), Tally(Path())]

    for tally, seed in zip(tallies, [1, 1, 2], strict=True):
        run(CONSUMER, tally, runs=100, seconds=0, seed=seed)

    assert tallies[0].outcomes == tallies[1].outcomes
    assert tallies[0].outcomes != tallies[2].outcomes


def broken_target(text: str) -> Counter[str]:
    if "b" in text:
        raise ValueError("there is a b")
    return Counter(["good"])


@pytest.fixture
def brittle(monkeypatch: pytest.MonkeyPatch) -> Target:
    """A target that fails at the first input."""
    target = Target(name="brittle", about="a test", seeds=["b", "a"], check=broken_target)
    targets: Mapping[str, Any] = {"brittle": target}
    monkeypatch.setattr(__main__, "TARGETS", targets)
    return target


def test_a_failing_input_is_kept_and_can_be_run_again(
    brittle: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main([brittle.name, "--blind", "--runs", "1"], folder=tmp_path)

    (kept,) = tmp_path.rglob("crash-*")
    assert code == 1
    assert "CRASH ValueError: there is a b" in capsys.readouterr().out
    assert kept.read_bytes() == b"b"
    assert main([brittle.name, "--again", str(kept)]) == 1
    kept.write_text("a")
    assert main([brittle.name, "--again", str(kept)]) == 0


def test_a_failing_input_counts_towards_the_number_of_runs(brittle: Target, tmp_path: Path) -> None:
    tally = Tally(tmp_path)
    always = replace(brittle, seeds=["b"], change=lambda text, *_: text)

    run(always, tally, runs=5, seconds=0, seed=1)

    assert (tally.inputs, tally.parts, tally.crashes.total()) == (5, 5, 5)


def test_a_seed_that_fails_before_libfuzzer_starts_is_kept(brittle: Target, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()

    with pytest.raises(ValueError, match="there is a b"):
        guided.add_seeds(brittle, corpus)

    (kept,) = tmp_path.glob("crash-*")
    assert kept.read_bytes() == b"b"


def test_libfuzzers_output_is_counted_and_printed_after_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    progress = ["#2\tINITED cov: 7 ft: 9 corp: 1/1b\n", "#9\tNEW    cov: 12 ft: 20 corp: 2/9b\n"]
    counts = ["stat::number_of_executed_units: 132\n"]

    assert guided.parse_output(progress + counts) == (132, 12)
    assert capsys.readouterr().err == ""
    guided.parse_output([*progress, "==1== ERROR: libFuzzer: deadly\n"])
    assert capsys.readouterr().err == "==1== ERROR: libFuzzer: deadly\n"
