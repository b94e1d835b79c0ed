"""Count the segments of a text message: phones receive and AWS bills segments of 140 bytes.

Source: AWS End User Messaging SMS User Guide, "SMS character limits"; 3GPP TS 23.038 for the alphabet.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import ceil

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
"""Characters that count as two: an escape and the character."""


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

    @property
    def count(self) -> int:
        """Number of segments sent and billed."""
        limits = _LIMITS[self.encoding]
        return 1 if self.characters <= limits.single else ceil(self.characters / limits.part)

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
    if set(text) <= _BASIC | _EXTENDED:
        return Segments(Encoding.GSM_7, len(text) + sum(char in _EXTENDED for char in text))
    return Segments(Encoding.UCS_2, len(text.encode("utf-16-be", errors="surrogatepass")) // 2)
