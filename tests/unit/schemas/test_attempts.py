"""A message as another attempt is the same message."""

import json

import pytest

from schemas.attempts import body_of_attempt
from tests.messages import booking, text


def test_the_body_of_the_same_attempt_is_not_touched() -> None:
    body = text(booking()).replace(": ", " :   ")

    assert body_of_attempt(body, 1) is body


def test_the_body_of_another_attempt_differs_in_nothing_else() -> None:
    message = booking(unknown=[1.5, None, {"é": "ü"}])

    assert json.loads(body_of_attempt(text(message), 2)) == message | {"attempts": 2}


def test_what_was_escaped_because_sqs_takes_no_such_character_stays_escaped() -> None:
    body = text(booking()).replace('"attempts"', '"x": "\\ufffe\\ud800", "attempts"')

    assert body_of_attempt(body, 2).isascii()


def test_a_number_without_a_json_form_is_an_error_and_not_infinity() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        body_of_attempt(text(booking()).replace('"attempts"', '"x": 1e400, "attempts"'), 2)
