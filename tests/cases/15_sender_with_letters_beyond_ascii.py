"""SES takes the sender's name as RFC 2047 encoded words alone; raw letters arrive mangled. Refused at synth, or
encoded.
"""

import json
from pathlib import Path

from kit import check, ok

from lambdas.common.clients.ses import Mail, Ses
from stacks.errors import CannotSynthesizeError
from stacks.stage import Stage
from tests.fakes.ses import FakeSes

sender = "Caf\u00e9 Taly <no-reply@mail.taly.dev>"
context = json.loads(Path("cdk.json").read_text(encoding="utf-8"))["context"]
try:
    taken = Stage.from_context({**context, "stage": "dev", "mail_sender": sender}).mail_sender
except CannotSynthesizeError:
    ok()
ses = FakeSes()
Ses(ses, taken).send(Mail(to="a@example.com", subject="s", text="t", html="h"))
check(ses.sent[0]["FromEmailAddress"].isascii(), f"SES is given {ses.sent[0]['FromEmailAddress']!r}")
ok()
