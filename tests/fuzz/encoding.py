"""Convert bytes to text and back: libFuzzer's inputs, and the files of corpus and crashes.

This module imports nothing of this repository, so that nothing is imported before it is instrumented.
"""

RECORD, FIELD = "\x1e", "\x1f"
"""Separators: RS (as in RFC 7464) between the parts of an input, US between the fields of a part."""


def text_of(data: bytes) -> str:
    """Decode bytes; invalid UTF-8 becomes lone surrogates, which no code may expect SQS to refuse."""
    return data.decode(errors="surrogateescape")


def data_of(text: str) -> bytes:
    """Encode text, the reverse of `text_of`; lone surrogates without byte form become U+FFFD."""
    safe = "".join(
        each if not "\ud800" <= each <= "\udfff" or "\udc80" <= each <= "\udcff" else "\ufffd" for each in text
    )
    return safe.encode(errors="surrogateescape")
