"""Bytes as text and back: what libFuzzer changes, and what the files of a corpus and of crashes keep.

It imports nothing of ours, so that nothing is imported before it is instrumented.
"""

RECORD, FIELD = "\x1e", "\x1f"
"""RS, as in RFC 7464, and US: between the parts of an input, and between the parts of a part."""


def text_of(data: bytes) -> str:
    """Bytes that are no UTF-8 become lone surrogates, which SQS refuses: so nobody may rely on that."""
    return data.decode(errors="surrogateescape")


def data_of(text: str) -> bytes:
    """What `text_of` makes the text of; other lone surrogates, which no bytes stand for, become U+FFFD."""
    safe = "".join(
        each if not "\ud800" <= each <= "\udfff" or "\udc80" <= each <= "\udcff" else "\ufffd" for each in text
    )
    return safe.encode(errors="surrogateescape")
