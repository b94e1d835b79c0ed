"""How many segments a text takes: what phones get, carriers forward and AWS bills is a segment of 140 bytes.

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
"""Those that take two places: an escape and themselves."""


class Encoding(StrEnum):
    """How a text goes over the air. One character that GSM-7 lacks makes the whole text UCS-2."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


@dataclass(frozen=True, slots=True)
class _Limits:
    """Places in a text of one segment, in each of several, and in all."""

    single: int
    each: int
    whole: int


_LIMITS = {
    Encoding.GSM_7: _Limits(single=160, each=153, whole=1530),
    Encoding.UCS_2: _Limits(single=70, each=67, whole=630),
}


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text takes."""

    encoding: Encoding
    places: int
    """Characters by the encoding's count: some take two."""

    @property
    def count(self) -> int:
        """How many segments are sent, and paid for."""
        limits = _LIMITS[self.encoding]
        return 1 if self.places <= limits.single else ceil(self.places / limits.each)

    @property
    def most(self) -> int:
        """The places that AWS sends at most."""
        return _LIMITS[self.encoding].whole

    @property
    def fit(self) -> bool:
        """Whether AWS sends it."""
        return self.places <= self.most


def segments(text: str) -> Segments:
    """Count a text."""
    letters = set(text)
    if letters <= _BASIC | _EXTENDED:
        return Segments(Encoding.GSM_7, len(text) + sum(letter in _EXTENDED for letter in text))
    return Segments(Encoding.UCS_2, len(text.encode("utf-16-be", errors="surrogatepass")) // 2)
