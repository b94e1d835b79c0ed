"""Types of the settings for texts: quiet hours, and what a text is sent from."""

from typing import Annotated

from pydantic import AfterValidator

from schemas.wire import matching

_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"


def _not_empty(hours: str) -> str:
    start, _, end = hours.partition("-")
    if start == end:
        raise ValueError("must not begin and end at the same time: with null, texts are sent at any time")
    return hours


QuietHours = Annotated[
    str,
    matching(f"^{_CLOCK}-{_CLOCK}$", "two times of day, such as 21:00-08:00", example="21:00-08:00"),
    AfterValidator(_not_empty),
]
"""Hours in which no text is sent; across midnight where the second time is the earlier one."""

SmsSenderId = Annotated[
    str,
    matching(
        "^([A-Za-z][A-Za-z0-9]{2,10}|[0-9][A-Za-z][A-Za-z0-9]{1,9}|[0-9]{2,10}[A-Za-z][A-Za-z0-9]{0,8})$",
        "3 to 11 letters and digits, at least one letter, such as Taly",
        example="Taly",
        max_length=11,
    ),
]
"""`AWS.SNS.SMS.SenderID` (SNS, "Publishing SMS messages to a mobile phone": sender ID)."""

OriginationNumber = Annotated[
    str,
    matching(
        r"^(\+[1-9][0-9]{6,14}|[0-9]{3,8})$",
        "a phone number such as +4930901820, or a short code of 3 to 8 digits",
        example="+4930901820",
    ),
]
"""`AWS.MM.SMS.OriginationNumber` (SNS, "Publishing SMS messages to a mobile phone": origination number)."""
