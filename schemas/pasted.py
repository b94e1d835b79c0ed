"""What comes along when people copy a text from a page or a table."""

INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Characters that show as nothing, and come along when a text is copied from a page or a table."""

_BLANKS = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What `str.strip` takes off a text by default."""

_AROUND = _BLANKS + INVISIBLE
"""For `str.strip`: a pattern would take time by the square of a run of blanks."""


def unpasted(text: str) -> str:
    """Take off the blanks and invisible characters around a text."""
    return text.strip(_AROUND)
