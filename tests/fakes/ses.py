"""SES v2 in memory, with the rules of the local stage's stand-in."""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from local.standins.ses.send_email import RefusedMailError, mail_of
from tests.fakes.service import FakeService


@dataclass(kw_only=True)
class FakeSes(FakeService):
    """Accepts mail to all addresses."""

    sent: list[dict[str, Any]] = field(default_factory=list)

    def send_email(self, **request: Any) -> dict[str, str]:
        with self.called("send_email", request):
            try:
                mail_of(json.dumps(request, default=lambda content: b64encode(content).decode()).encode())
            except RefusedMailError as refused:
                raise AssertionError(f"{refused.code}: {refused}") from None
            self.sent.append(request)
            return {"MessageId": f"ses-{len(self.sent)}"}

    def get_account(self, **request: Any) -> dict[str, Any]:
        with self.called("get_account", request):
            return {"SendingEnabled": True}
