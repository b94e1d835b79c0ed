"""SNS in memory: mail to a topic's subscribers, and text messages to phone numbers.

The limits are from the API reference (Publish) and the Developer Guide, "Publishing SMS messages to a mobile phone".
"""

import re
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.service import FakeService, client_error

MAX_SUBJECT = 100
"""ASCII characters, on one line."""

MAX_MESSAGE_BYTES = 262_144
MAX_SMS = 1_600
"""Characters of a text message."""

_E_164 = re.compile(r"\+[1-9][0-9]{1,14}")


@dataclass(kw_only=True)
class FakeSns(FakeService):
    """Topics by ARN, and all phone numbers."""

    topics: set[str] = field(default_factory=set)
    published: list[dict[str, Any]] = field(default_factory=list)

    def publish(self, **request: Any) -> dict[str, str]:
        with self.called("publish", request):
            assert 1 <= len(request["Message"].encode()) <= MAX_MESSAGE_BYTES, "InvalidParameter: Message too long"
            if "PhoneNumber" in request:
                assert _E_164.fullmatch(request["PhoneNumber"]), "InvalidParameter: no phone number in E.164 form"
                assert len(request["Message"]) <= MAX_SMS, "InvalidParameter: a text is longer than SNS takes"
            else:
                subject = request["Subject"]
                assert 1 <= len(subject) <= MAX_SUBJECT, "InvalidParameter: Subject"
                assert subject.isascii(), "InvalidParameter: Subject"
                assert subject.isprintable(), "InvalidParameter: Subject"
                if request["TopicArn"] not in self.topics:
                    raise client_error("NotFound", "Publish")
            self.published.append(request)
            return {"MessageId": f"sns-{len(self.published)}"}

    def get_sms_attributes(self, **request: Any) -> dict[str, Any]:
        with self.called("get_sms_attributes", request):
            return {"attributes": {}}
