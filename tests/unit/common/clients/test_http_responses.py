"""HTTP responses mapped to errors."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from lambdas.common.clients.http_responses import raise_for_status, wait_seconds
from lambdas.common.errors import PermanentError, RetryableError
from tests.fakes.function import NOW


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_status_2xx_raises_nothing(status: int) -> None:
    raise_for_status(status, "30", text="it answered", now=NOW)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503, 599, 999])
def test_temporary_status_is_retryable_with_the_wait_asked_for(status: int) -> None:
    with pytest.raises(RetryableError, match="it answered") as raised:
        raise_for_status(status, "30", text="it answered", now=NOW)

    assert raised.value.retry_after == 30


@pytest.mark.parametrize("status", [101, 199, 300, 304, 400, 401, 404, 409, 410, 422, 499])
def test_other_status_is_permanent(status: int) -> None:
    with pytest.raises(PermanentError, match="it answered"):
        raise_for_status(status, None, text="it answered", now=NOW)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30.0),
        (" 30 ", 30.0),
        ("0", 0.0),
        ("999999", 999_999.0),
        ("9" * 400, float("inf")),
        (format_datetime(NOW + timedelta(minutes=2), usegmt=True), 120.0),
        (format_datetime(NOW - timedelta(minutes=2), usegmt=True), 0.0),
        ("Tue, 14 Apr 2026 14:02:00 -0000", 120.0),
        ("Tue, 14 Apr 99999 14:02:00 GMT", None),
        (f"Tue, 14 Apr {'9' * 30} 14:02:00 GMT", None),
        ("soon", None),
        ("-3", None),
        ("1.5", None),
        ("²", None),
        ("", None),
    ],
)
def test_retry_after_is_parsed_in_both_forms(header: str, seconds: float | None) -> None:
    assert wait_seconds(header, NOW) == seconds
