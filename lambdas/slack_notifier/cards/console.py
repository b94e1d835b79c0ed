"""Links into the AWS console, of the right region."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

_DOMAINS = {"cn": "console.amazonaws.cn", "us-gov": "console.amazonaws-us-gov.com"}
_QUEUE_URL = re.compile(
    r"https://sqs\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<account>[0-9]{12})/(?P<name>[\w-]{1,80})",
    re.ASCII,
)
_LOG_GROUP = re.compile(r"[\w./#-]{1,512}", re.ASCII)
_PLAIN = re.compile(r"[\w.-]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Console:
    """The console of one region."""

    region: str

    def dashboard(self, name: str) -> str:
        """A CloudWatch dashboard."""
        return self._cloudwatch(f"dashboards/dashboard/{quote(name, safe='')}")

    def alarm(self, name: str) -> str:
        """A CloudWatch alarm."""
        return self._cloudwatch(f"alarmsV2:alarm/{_in_hash(name)}")

    def queue(self, url: str) -> str:
        """An SQS queue, in its own region; which account it is in, the URL says."""
        at = QueueAddress.of(url)
        region = at.region if at else self.region
        return f"https://{_host(region)}/sqs/v3/home?region={region}#/queues/{quote(url, safe='')}"

    def log_lines(self, log_group: str, query: str, begin: datetime, end: datetime) -> str:
        """A CloudWatch Logs Insights query, ready to run; empty where there can be no such log group."""
        if not _LOG_GROUP.fullmatch(log_group):
            return ""
        asked: Mapping[str, str | Sequence[str]] = {
            "end": _iso(end),
            "start": _iso(begin),
            "timeType": "ABSOLUTE",
            "tz": "UTC",
            "editorString": query,
            "source": [log_group],
        }
        detail = quote(_jsurl(asked), safe="*").replace("~", "%7E")
        return self._cloudwatch(f"logsV2:logs-insights{_in_hash(f'?queryDetail={detail}')}")

    def _cloudwatch(self, fragment: str) -> str:
        return f"https://{_host(self.region)}/cloudwatch/home?region={self.region}#{fragment}"


@dataclass(frozen=True, slots=True)
class QueueAddress:
    """What a queue's URL tells."""

    region: str
    account: str
    name: str

    @classmethod
    def of(cls, url: str) -> "QueueAddress | None":
        """Read it; None for what is none of AWS's, such as an emulator's."""
        parts = _QUEUE_URL.fullmatch(url)
        return cls(**parts.groupdict()) if parts else None


def _host(region: str) -> str:
    domain = next((domain for prefix, domain in _DOMAINS.items() if region.startswith(f"{prefix}-")), None)
    return f"{region}.{domain or 'console.aws.amazon.com'}"


def _iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def _in_hash(text: str) -> str:
    """CloudWatch's pages read percent-encoding behind the `#` with `$` for `%`: a browser decodes it there."""
    return quote(text, safe="*").replace("~", "%7E").replace("%", "$")


def _jsurl(value: str | Sequence[str] | Mapping[str, str | Sequence[str]]) -> str:
    """JavaScript's values as CloudWatch writes them: `~(key~'text~list~(~'a~'b))`, `*` for `%` in texts.

    Source: github.com/Sage/jsurl, and links copied from the console; AWS documents none of it.
    """
    match value:
        case str():
            return "~'" + "".join(each if _PLAIN.match(each) else _hex(each) for each in value)
        case Mapping():
            return "~(" + "~".join(key + _jsurl(inner) for key, inner in value.items()) + ")"
        case _:
            return "~(" + "".join(_jsurl(inner) for inner in value) + ")"


def _hex(character: str) -> str:
    return "".join(f"*{byte:02x}" for byte in character.encode())
