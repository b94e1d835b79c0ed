"""Links to the AWS console."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from schemas.console import console_url

_QUEUE_URL = re.compile(
    r"https://sqs\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<account>[0-9]{12})/(?P<name>[\w-]{1,80})",
    re.ASCII,
)
_LOG_GROUP = re.compile(r"[\w./#-]{1,512}", re.ASCII)
_PLAIN = re.compile(r"[\w.-]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Console:
    """The AWS console of one region."""

    region: str

    def dashboard(self, name: str) -> str:
        """URL of a CloudWatch dashboard."""
        return self._cloudwatch(f"dashboards/dashboard/{quote(name, safe='')}")

    def alarm(self, name: str) -> str:
        """URL of a CloudWatch alarm."""
        return self._cloudwatch(f"alarmsV2:alarm/{_quote_fragment(name)}")

    def queue(self, url: str) -> str:
        """URL of an SQS queue's page; the queue's URL determines region and account."""
        address = QueueAddress.of(url)
        region = address.region if address else self.region
        return f"{console_url(region, 'sqs/v3')}#/queues/{quote(url, safe='')}"

    def log_lines(self, log_group: str, query: str, begin: datetime, end: datetime) -> str:
        """URL of a CloudWatch Logs Insights query, ready to run; empty if the log group's name is invalid."""
        if not _LOG_GROUP.fullmatch(log_group):
            return ""
        query_detail: Mapping[str, str | Sequence[str]] = {
            "end": _iso(end),
            "start": _iso(begin),
            "timeType": "ABSOLUTE",
            "tz": "UTC",
            "editorString": query,
            "source": [log_group],
        }
        detail = quote(_jsurl(query_detail), safe="*").replace("~", "%7E")
        return self._cloudwatch(f"logsV2:logs-insights{_quote_fragment(f'?queryDetail={detail}')}")

    def _cloudwatch(self, fragment: str) -> str:
        return f"{console_url(self.region, 'cloudwatch')}#{fragment}"


@dataclass(frozen=True, slots=True)
class QueueAddress:
    """Region, account and name of a queue, from its URL."""

    region: str
    account: str
    name: str

    @classmethod
    def of(cls, url: str) -> "QueueAddress | None":
        """Parse a queue's URL; None for a URL that is not AWS's, such as an emulator's."""
        parts = _QUEUE_URL.fullmatch(url)
        return cls(**parts.groupdict()) if parts else None


def _iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def _quote_fragment(text: str) -> str:
    """Percent-encode with `$` for `%`, as CloudWatch's pages expect after the `#`: a browser would decode `%` there."""
    return quote(text, safe="*").replace("~", "%7E").replace("%", "$")


def _jsurl(value: str | Sequence[str] | Mapping[str, str | Sequence[str]]) -> str:
    """Encode a value as CloudWatch's URLs do: `~(key~'text~list~(~'a~'b))`, with `*` for `%` in texts.

    Sources: github.com/Sage/jsurl, and links copied from the console; AWS does not document the format.
    """
    match value:
        case str():
            return "~'" + "".join(char if _PLAIN.match(char) else _hex(char) for char in value)
        case Mapping():
            return "~(" + "~".join(key + _jsurl(inner) for key, inner in value.items()) + ")"
        case _:
            return "~(" + "".join(_jsurl(inner) for inner in value) + ")"


def _hex(character: str) -> str:
    return "".join(f"*{byte:02x}" for byte in character.encode())
