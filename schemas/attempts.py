"""Change the attempt number of a message: for retries and for redriven dead letters."""

import json


def body_of_attempt(body: str, attempts: int) -> str:
    """Return the message with another attempt number and all other fields unchanged, unknown ones included.

    Raises:
        ValueError: the message has a number that JSON cannot write (an infinity, from a text such as 1e400).
    """
    fields = json.loads(body)
    if fields["attempts"] == attempts:
        return body
    # Keep escapes: SQS refuses lone surrogates and U+FFFE as characters and accepts their escapes.
    escaped = "\\u" in body
    return json.dumps(fields | {"attempts": attempts}, separators=(",", ":"), ensure_ascii=escaped, allow_nan=False)
