"""SES v2 in memory.

The limits are from the API reference (SendEmail, Destination) and RFC 5322, section 2.2, for subjects.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.service import FakeService

MAX_RECIPIENTS = 50
"""Recipients of one mail."""


@dataclass(kw_only=True)
class FakeSes(FakeService):
    """Accepts mail to all addresses."""

    sent: list[dict[str, Any]] = field(default_factory=list)

    def send_email(self, **request: Any) -> dict[str, str]:
        with self.called("send_email", request):
            to = request["Destination"]["ToAddresses"]
            assert 1 <= len(to) <= MAX_RECIPIENTS, "BadRequestException: 1 to 50 recipients"
            assert all(each.isascii() for each in to), "BadRequestException: an address that is not ASCII"
            odd = set(" \t\r\n,;<>")
            assert not any(odd & set(each) for each in to), "more than one address, or a header of its own"
            subject = request["Content"]["Simple"]["Subject"]["Data"]
            assert len(subject.splitlines()) == 1, "BadRequestException: a subject brings a header of its own"
            self.sent.append(request)
            return {"MessageId": f"ses-{len(self.sent)}"}

    def get_account(self, **request: Any) -> dict[str, Any]:
        with self.called("get_account", request):
            return {"SendingEnabled": True}
