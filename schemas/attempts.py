"""The same message as another attempt: for a copy that is tried again, and for a dead letter that is sent back."""

import json


def body_of_attempt(body: str, attempts: int) -> str:
    """The same message as another attempt, unknown fields kept.

    Raises:
        ValueError: it has a number that JSON cannot write (an infinity, from a text such as 1e400).
    """
    fields = json.loads(body)
    if fields["attempts"] == attempts:
        return body
    # What was escaped stays escaped: half a surrogate pair and U+FFFE are no characters that SQS takes.
    escaped = "\\u" in body
    return json.dumps(fields | {"attempts": attempts}, separators=(",", ":"), ensure_ascii=escaped, allow_nan=False)
