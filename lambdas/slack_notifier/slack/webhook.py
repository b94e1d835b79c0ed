"""Slack's incoming webhook: its URL, which is a secret."""

import re
from collections.abc import Callable

_SLACK = re.compile(r"https://hooks\.slack(-gov)?\.com/[!-~]+")
_STAND_IN = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?/[!-~]*")


class Webhook:
    """The webhook's URL, read once per process, and again if Slack no longer accepts it or there was none.

    If the secret holds anything but such a URL, for example the text that a deployment puts there, Slack is off.
    """

    def __init__(self, read: Callable[[], str], *, allow_local: bool) -> None:
        """Read the URL from a secret.

        Args:
            read: reads the secret.
            allow_local: accept http and loopback, for a Slack stand-in on this machine.
        """
        self._read = read
        self._allow_local = allow_local
        self._url = ""

    def url(self) -> str:
        """Return the URL; empty while Slack is off."""
        self._url = self._url or self._read_url()
        return self._url

    def renew(self) -> bool:
        """Read the secret again and return whether it holds another URL now."""
        before, self._url = self._url, self._read_url()
        return self._url not in {"", before}

    def _read_url(self) -> str:
        text = self._read().strip()
        is_url = _SLACK.fullmatch(text) or (self._allow_local and _STAND_IN.fullmatch(text))
        return text if is_url else ""
