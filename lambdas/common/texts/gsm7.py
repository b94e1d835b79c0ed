"""The alphabet of text messages, GSM-7. Source: 3GPP TS 23.038, section 6.2.1."""

import unicodedata

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
"""Characters that count as two: an escape and the character."""


def width(text: str) -> int:
    """Count the places of a text in GSM-7; a character beyond it counts as one."""
    return sum(2 if char in EXTENDED else 1 for char in text)


def approximated(text: str) -> str:
    """Write a text in GSM-7 where it is nearly so: "août" as "aout", a narrow no-break space as a blank."""
    return "".join(char if char in BASIC else _approximated(char) for char in text)


def _approximated(char: str) -> str:
    """Return a character without its marks and variants (Unicode's NFKD) if that is in GSM-7, else itself."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", char) if not unicodedata.combining(each))
    return plain if plain and set(plain) <= BASIC else char
