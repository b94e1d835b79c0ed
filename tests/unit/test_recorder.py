"""What is recorded of commands: what they write before a terminal, when, and what a terminal shows of it."""

import sys

import pytest

from docs.pictures import shell
from docs.pictures.tape import Tape, Writing
from docs.pictures.terminal import Frame, Line, Patch, Run, Size, Style, frames
from ops.terminal.errors import OperatorError

SIZE = Size(columns=20, lines=3)


def seen(*texts: str) -> list[Frame]:
    """What is seen of texts that are written a second apart."""
    return frames([Writing(at, text) for at, text in enumerate(texts)], SIZE)


def line(text: str, number: int = 0) -> Line:
    """A line of what is seen at the end, without the cursor."""
    return seen(f"{text}\x1b[?25l")[-1].lines[number]


def words(frame: Frame) -> list[str]:
    """Its lines as people read them."""
    return [" ".join(run.text for run in each.runs) for each in frame.lines]


# What a terminal shows.


def test_colours_and_weights_are_those_that_the_program_asked_for() -> None:
    found = line("\x1b[1;31mred\x1b[0m \x1b[33mx\x1b[38;5;196my\x1b[38;2;1;2;3mz")

    assert found.runs == (
        Run(0, 3, "red", Style("red", bold=True)),
        Run(4, 1, "x", Style("brown")),
        Run(5, 1, "y", Style("ff0000")),
        Run(6, 1, "z", Style("010203")),
    )


@pytest.mark.parametrize(
    ("sequence", "faint"),
    [
        ("\x1b[2m", True),
        ("\x1b[2;36m", True),
        ("\x1b[0;2m", True),
        ("\x1b[2m\x1b[36m", True),
        ("\x1b[2m\x1b[22m", False),
        ("\x1b[2m\x1b[0m", False),
        ("\x1b[2m\x1b[m", False),
        ("\x1b[2;0m", False),
        ("\x1b[38;2;9;9;9m", False),
        ("\x1b[48;5;2m", False),
        ("\x1b[38m", False),
        ("\x1b[?2m", False),
    ],
)
def test_faint_is_told_from_the_parts_of_a_colour(sequence: str, *, faint: bool) -> None:
    assert line(f"{sequence}x").runs[0].style.faint is faint


def test_wide_characters_take_two_columns_and_stand_by_themselves() -> None:
    assert line("ab\N{CJK UNIFIED IDEOGRAPH-65E5}c").runs == (
        Run(0, 2, "ab", Style()),
        Run(2, 2, "\N{CJK UNIFIED IDEOGRAPH-65E5}", Style()),
        Run(4, 1, "c", Style()),
    )


def test_a_sign_that_fonts_draw_as_wide_as_they_like_moves_nothing_beside_it() -> None:
    assert [run.column for run in line("\N{CHECK MARK} all well").runs] == [0, 2]


def test_columns_are_parted_where_more_than_a_space_is_between_them() -> None:
    assert [(run.column, run.text) for run in line("the CRM  422  ").runs] == [(0, "the CRM"), (9, "422")]


def test_what_is_shown_reversed_has_its_ground_behind_it() -> None:
    found = line("a \x1b[7mb c\x1b[0m")

    assert found.patches == (Patch(2, 3, "text"),)
    assert found.runs[1] == Run(2, 3, "b c", Style("ground"))


def test_the_cursor_is_seen_unless_it_is_hidden() -> None:
    assert seen("$ ")[-1].lines[0].patches == (Patch(2, 1, "text"),)
    assert seen("$ \x1b[?25l")[-1].lines[0].patches == ()


def test_a_progress_bar_that_is_erased_leaves_nothing_behind() -> None:
    found = seen("$ ops\r\n", "\x1b[?25llook 1/2\r\nsend 0/1", "\r\x1b[2K\x1b[1A\x1b[2Klook 2/2", "\r\x1b[2Kdone")

    assert [words(frame) for frame in found] == [
        ["$ ops", "", ""],
        ["$ ops", "look 1/2", "send 0/1"],
        ["$ ops", "look 2/2", ""],
        ["$ ops", "done", ""],
    ]


def test_what_is_written_below_the_last_line_moves_all_others_up() -> None:
    assert words(seen("1\r\n2\r\n3\r\n4\x1b[?25l")[-1]) == ["2", "3", "4"]


def test_a_screen_that_stays_the_same_is_no_new_frame() -> None:
    assert [frame.at for frame in seen("x\x1b[?25l", "\rx", "\rx", "y")] == [0, 3]


def test_what_is_written_at_once_is_seen_at_once() -> None:
    pieces = [Writing(0, "$ "), Writing(1, "half "), Writing(1.01, "a line"), Writing(1.02, "\x1b[?25l")]

    assert [(frame.at, words(frame)[0].strip()) for frame in frames(pieces, SIZE)][-1] == (1.02, "$ half a line")
    assert len(frames(pieces, SIZE)) <= 3


# The tape.


def test_a_line_is_typed_and_sent() -> None:
    tape = Tape()

    tape.type("ops status")

    assert "".join(writing.text for writing in tape.writings) == "ops status\r\n"
    assert 0.5 < tape.seconds < 2
    assert [writing.at for writing in tape.writings] == sorted(writing.at for writing in tape.writings)


def test_silences_of_a_command_are_shortened_and_its_bursts_are_not() -> None:
    tape = Tape(seconds=10)

    tape.copy([(0.5, b"look"), (60.5, b" seen"), (60.75, b" done")])

    assert [writing.at for writing in tape.writings] == [10.5, 12.0, 12.25]


def test_a_command_that_says_something_all_the_time_is_played_faster() -> None:
    tape = Tape()

    tape.copy([(second, b".") for second in range(61)])

    assert tape.seconds == pytest.approx(5)
    assert len(tape.writings) == 61


def test_a_character_that_comes_in_two_pieces_is_one() -> None:
    tape = Tape()
    first, rest = "\N{CHECK MARK}".encode()[:1], "\N{CHECK MARK}".encode()[1:]

    tape.copy([(0.1, first), (0.2, rest)])

    assert "".join(writing.text for writing in tape.writings) == "\N{CHECK MARK}"


# Commands before a terminal.


def run(code: str, seconds: float = 60) -> str:
    heard = shell.run([sys.executable, "-c", code], environment={}, size=Size(columns=77, lines=5), seconds=seconds)
    assert [at for at, _ in heard] == sorted(at for at, _ in heard)
    return b"".join(piece for _, piece in heard).decode()


def test_a_command_has_a_terminal_of_the_size_before_it() -> None:
    said = run("import os, sys; print(sys.stdout.isatty(), sys.stderr.isatty(), os.get_terminal_size().columns)")

    assert said == "True True 77\r\n"


def test_a_command_gets_nothing_of_this_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")

    assert run("import os; print(os.environ.get('AWS_PROFILE'), os.environ['TERM'])") == "None xterm-256color\r\n"


def test_a_command_that_fails_is_no_picture() -> None:
    with pytest.raises(OperatorError, match=r"ended with exit code 3; it said: no such stage"):
        run("print('no such stage'); raise SystemExit(3)")


def test_a_command_that_does_not_end_is_ended() -> None:
    with pytest.raises(OperatorError, match=r"did not end within 0\.5 s"):
        run("input()", seconds=0.5)
