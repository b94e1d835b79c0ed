"""What was written to a terminal, and when."""

from codecs import getincrementaldecoder
from collections.abc import Iterable
from dataclasses import dataclass, field

_KEYSTROKE = 0.045
"""Seconds."""

_STROKES_AT_A_TIME = 2
"""Half the pictures, and nobody sees it."""

_BEFORE_ENTER = 0.5
_IDLE = 1.5
"""Seconds of a silence at most, while a command runs."""

_LONGEST = 5.0
"""Seconds of a command at most: a slow machine is a little faster here."""

Heard = tuple[float, bytes]
"""Seconds since a command began, and what it wrote then."""


@dataclass(frozen=True, slots=True)
class Writing:
    """A piece of it."""

    at: float
    """Seconds from the beginning."""

    text: str
    """As a terminal takes it, escape sequences and all."""


@dataclass
class Tape:
    """Records. Its time is its own: nobody waits while somebody reads."""

    prompt: str = "\x1b[1;32m$\x1b[0m "
    seconds: float = 0
    """Its length until now."""

    writings: list[Writing] = field(default_factory=list)

    def write(self, text: str) -> None:
        """Write at once."""
        self.writings.append(Writing(self.seconds, text))

    def wait(self, seconds: float) -> None:
        """Leave time to read."""
        self.seconds += seconds

    def type(self, line: str) -> None:
        """Type a line at the prompt, and press Enter."""
        for start in range(0, len(line), _STROKES_AT_A_TIME):
            strokes = line[start : start + _STROKES_AT_A_TIME]
            self.wait(_KEYSTROKE * len(strokes))
            self.write(strokes)
        self.wait(_BEFORE_ENTER)
        self.write("\r\n")

    def copy(self, heard: Iterable[Heard]) -> None:
        """What a command wrote, as it came but for silences."""
        decoder = getincrementaldecoder("utf-8")("replace")
        moments: list[tuple[float, str]] = []
        now = before = 0.0
        for at, piece in heard:
            now += min(at - before, _IDLE)
            before = at
            moments.append((now, decoder.decode(piece)))
        began, pace = self.seconds, min(1.0, _LONGEST / now) if now else 1.0
        for at, text in moments:
            self.seconds = began + at * pace
            self.write(text)
