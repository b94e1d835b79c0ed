"""Slack's incoming webhook: its URL, which is a secret."""

import re
from collections.abc import Callable

_SLACK = re.compile(r"(?P<host>https://hooks\.slack(-gov)?\.com)(?P<path>/[!-~]+)", re.IGNORECASE)
"""Scheme and host know no case (RFC 3986, 3.1 and 3.2.2)."""

_INCOMING = "/services/"
"""Paths of incoming webhooks begin so (Slack, "Sending messages using incoming webhooks")."""

_STAND_IN = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?/[!-~]*")

_WORKFLOWS = ("/triggers/", "/workflows/")
"""Paths that start a workflow with the fields it declares (Slack, "Create a webhook trigger")."""

_NO_URL = "holds no incoming webhook's URL"
_WORKFLOW = "holds the URL that starts a workflow, which cannot show cards: it is no incoming webhook's URL"


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
        self.problem = ""
        """While Slack is off: what the secret holds instead, to follow "the secret …". It shows nothing of the text."""

    def url(self) -> str:
        """Return the URL; empty while Slack is off."""
        self._url = self._url or self._read_url()
        return self._url

    def renew(self) -> bool:
        """Read the secret again and return whether it holds another URL now."""
        before, self._url = self._url, self._read_url()
        return self._url not in {"", before}

    def _read_url(self) -> str:
        from schemas.pasted import unpasted  # once a process, unless Slack refuses the URL

        text = unpasted(self._read())
        slack = _SLACK.fullmatch(text)
        if slack and slack["path"].startswith(_INCOMING):
            return slack["host"].lower() + slack["path"]
        if self._allow_local and _STAND_IN.fullmatch(text):
            return text
        starts_workflow = slack and slack["path"].startswith(_WORKFLOWS)
        self.problem = _WORKFLOW if starts_workflow else _NO_URL
        return ""
