"""Where Slack takes messages: the incoming webhook's URL, which is a secret by itself."""

import re
from collections.abc import Callable

_SLACK = re.compile(r"https://hooks\.slack(-gov)?\.com/[!-~]+")
_STAND_IN = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?/[!-~]*")


class Webhook:
    """The URL, read once a process, and again where Slack no longer takes it or there was none.

    Whatever else the secret holds, such as the words that a deploy puts there, means that Slack is off.
    """

    def __init__(self, read: Callable[[], str], *, may_be_local: bool) -> None:
        """Read from here.

        Args:
            read: reads the secret.
            may_be_local: lets http and loopback pass, where Slack is a stand-in on this machine.
        """
        self._read = read
        self._may_be_local = may_be_local
        self._url = ""

    def url(self) -> str:
        """The URL; empty while Slack is off."""
        self._url = self._url or self._read_url()
        return self._url

    def renew(self) -> bool:
        """Read it again; whether there is another one now."""
        before, self._url = self._url, self._read_url()
        return self._url not in {"", before}

    def _read_url(self) -> str:
        text = self._read().strip()
        is_one = _SLACK.fullmatch(text) or (self._may_be_local and _STAND_IN.fullmatch(text))
        return text if is_one else ""
