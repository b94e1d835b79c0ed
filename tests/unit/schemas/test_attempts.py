"""Changing the attempt number of a message changes nothing else."""

import json

import pytest

from schemas.attempts import body_of_attempt
from tests.messages import booking, text


def test_the_same_attempt_returns_the_same_body() -> None:
    body = text(booking()).replace(": ", " :   ")

    assert body_of_attempt(body, 1) is body


def test_another_attempt_changes_only_the_attempt_number() -> None:
    message = booking(unknown=[1.5, None, {"é": "ü"}])

    assert json.loads(body_of_attempt(text(message), 2)) == message | {"attempts": 2}


def test_escapes_of_characters_that_sqs_refuses_are_kept() -> None:
    body = text(booking()).replace('"attempts"', '"x": "\\ufffe\\ud800", "attempts"')

    assert body_of_attempt(body, 2).isascii()


def test_a_number_that_json_cannot_write_raises_an_error() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        body_of_attempt(text(booking()).replace('"attempts"', '"x": 1e400, "attempts"'), 2)
