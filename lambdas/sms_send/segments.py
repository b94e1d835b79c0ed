"""Count the segments of a text message: phones receive and AWS bills segments of 140 bytes.

Source: AWS End User Messaging SMS User Guide, "SMS character limits".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lambdas.common.texts import gsm7

_LAST_OF_ONE_UNIT = 0xFFFF
"""UTF-16 writes later characters as a surrogate pair."""


class Encoding(StrEnum):
    """Encoding of a text message. One character outside GSM-7 makes the whole text UCS-2."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


@dataclass(frozen=True, slots=True)
class _Limits:
    """Characters in a text of one segment, in each segment of a longer text, and in the longest text."""

    single: int
    part: int
    total: int


_LIMITS = {
    Encoding.GSM_7: _Limits(single=160, part=153, total=1530),
    Encoding.UCS_2: _Limits(single=70, part=67, total=630),
}


@dataclass(frozen=True, slots=True)
class Segments:
    """Encoding and size of a text message."""

    encoding: Encoding
    characters: int
    """Characters as the encoding counts them: some count as two."""

    count: int
    """Number of segments sent and billed."""

    @property
    def max_characters(self) -> int:
        """The longest text that AWS sends in this encoding."""
        return _LIMITS[self.encoding].total

    @property
    def fits(self) -> bool:
        """Whether AWS sends a text of this size."""
        return self.characters <= self.max_characters


def segments(text: str) -> Segments:
    """Determine the encoding and size of a text."""
    if set(text) <= gsm7.BASIC | gsm7.EXTENDED:
        return _sized(Encoding.GSM_7, [2 if char in gsm7.EXTENDED else 1 for char in text])
    return _sized(Encoding.UCS_2, [2 if ord(char) > _LAST_OF_ONE_UNIT else 1 for char in text])


def _sized(encoding: Encoding, widths: Sequence[int]) -> Segments:
    """Fill segments with characters of these widths.

    A character of two places is never split between two segments: neither an escape and its character (3GPP TS 23.038,
    section 6.1.2.1) nor a surrogate pair.
    """
    limits, characters = _LIMITS[encoding], sum(widths)
    count, used = 1, 0
    for width in widths if characters > limits.single else ():
        if used + width > limits.part:
            count, used = count + 1, 0
        used += width
    return Segments(encoding, characters, count)
