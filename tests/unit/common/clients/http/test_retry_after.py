"""The wait for which an HTTP response asks."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from lambdas.common.clients.http.retry_after import wait_seconds
from tests.fakes.function import NOW


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
