"""The sender of a stage: its From header, in the form that SES takes."""

from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest

from stacks.errors import CannotSynthesizeError
from tests.infrastructure.test_stage import stage


def test_the_senders_address_is_without_its_name() -> None:
    assert stage(stage="dev", mail_sender="Taly <no-reply@mail.taly.dev>").mail_address == "no-reply@mail.taly.dev"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Taly <no-reply@mail.taly.dev>", "Taly"),
        ("no-reply@mail.taly.dev", ""),
        (" <no-reply@mail.taly.dev> ", ""),
        ("Café Taly <no-reply@mail.taly.dev>", "Café Taly"),
        ('"Taly, Inc." <no-reply@mail.taly.dev>', "Taly, Inc."),
        ("Taly, Inc. (EU) <no-reply@mail.taly.dev>", "Taly, Inc. (EU)"),
        ('Taly "the best" <no-reply@mail.taly.dev>', 'Taly "the best"'),
        ("理容室ゾエ " * 12 + "<no-reply@mail.taly.dev>", ("理容室ゾエ " * 12).strip()),
        ("טלי 💇 <no-reply@mail.taly.dev>", "טלי 💇"),
    ],
)
def test_a_senders_name_is_quoted_or_encoded_for_ses(given: str, name: str) -> None:
    sender = stage(stage="dev", mail_sender=given).mail_sender

    assert sender.isascii()
    assert sender.isprintable()
    assert all(len(word) <= 75 for word in sender.split() if word.startswith("=?"))
    encoded, address = parseaddr(sender)
    assert (str(make_header(decode_header(encoded))), address) == (name, "no-reply@mail.taly.dev")
    assert stage(stage="dev", mail_sender=sender).mail_address == "no-reply@mail.taly.dev"


@pytest.mark.parametrize(
    ("sender", "sentence"),
    [
        ("Taly", "must be a From header"),
        ("", "must be a From header"),
        ("<>", "must be a From header"),
        ("Taly <no-reply>", "the address is one in ASCII"),
        ("Taly <no-reply@café.example>", "in Punycode"),
        ("Taly <zoë@mail.taly.dev>", "the address is one in ASCII"),
        ("a@mail.taly.dev, b@mail.taly.dev", "the address is one in ASCII"),
        ("Taly <a@mail.taly.dev> <b@mail.taly.dev>", "must be a From header"),
        ("Taly <a@mail.taly.dev> and more", "must be a From header"),
        ("Taly\r\nBcc: all@example.com <a@mail.taly.dev>", "no control"),
        ("Ta\x00ly <a@mail.taly.dev>", "no control"),
        ("Ta\u202ely <a@mail.taly.dev>", "no control"),
        ("Ta\u2028ly <a@mail.taly.dev>", "no control"),
        ("Ta\u200bly <a@mail.taly.dev>", "no control"),
        (f"{'Taly' * 250} <a@mail.taly.dev>", "has 1,018 characters as a header, and may have 992: shorten the name"),
        (f"{'Café ' * 120} <a@mail.taly.dev>", "as a header, and may have 992"),
    ],
)
def test_a_sender_that_ses_cannot_have_is_refused(sender: str, sentence: str) -> None:
    with pytest.raises(CannotSynthesizeError, match=f"mail_sender .*{sentence}"):
        stage(stage="dev", mail_sender=sender)
