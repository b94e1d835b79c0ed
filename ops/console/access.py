"""Access control: only the operator's own browser is admitted, with the key from the address printed in the terminal.

The console acts with the operator's credentials, so nothing else that can reach a port of this machine may use it.
That could be a page of another site in the same browser (cross-site request forgery, DNS rebinding), or another user.
A browser that the console opens is admitted by a ticket, because other users see the arguments of its process.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

HOST = "127.0.0.1"
"""Loopback only, so that no other machine can connect. There is no option for another address."""

SAFE_METHODS = frozenset({"GET", "HEAD"})

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # with "no-referrer", browsers send a form with "Origin: null"
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Headers of every response: nothing from other origins is loaded or run, and nothing is stored on disk."""


class AccessDecision(Enum):
    """Decision about a request; the value of a refusal is the text that the browser shows."""

    ADMIT = ""
    EXCHANGE_TICKET = "the ticket is in the address: set the cookie, and let a page lead to the address without it"
    SET_COOKIE = "the key is in the address: move it into a cookie, and redirect to the address without it"
    WRONG_HOST = "this is not the address that the console has"
    CROSS_SITE = "another site asked for this: open the console's address yourself"
    NO_KEY = "open the address that the console printed in its terminal: it has the key in it"


@dataclass(frozen=True, slots=True)
class AccessControl:
    """Admits or refuses a request by its headers and its key, before its body is read."""

    port: int
    key: str
    """Secret of this run."""

    _tickets: set[str] = field(default_factory=set, repr=False)
    """Secrets of which each admits one browser once."""

    @property
    def cookie_name(self) -> str:
        """Name of the cookie that holds the key; it contains the port, since browsers share cookies between ports."""
        return f"taly_console_{self.port}"

    @property
    def address(self) -> str:
        """Address that the operator opens, with the key in it."""
        return f"http://{HOST}:{self.port}/?key={self.key}"

    def one_time_address(self) -> str:
        """Issue a ticket; return the address with it, which admits one browser once."""
        ticket = secrets.token_urlsafe(24)
        self._tickets.add(ticket)
        return f"http://{HOST}:{self.port}/?ticket={ticket}"

    def decide(
        self, method: str, headers: Mapping[str, str], *, cookie: str, query_key: str, ticket: str = ""
    ) -> AccessDecision:
        """Decide whether a request is answered.

        Args:
            method: HTTP method.
            headers: request headers by name.
            cookie: value of the console's cookie; empty without one.
            query_key: key in the address; empty without one.
            ticket: ticket in the address, which is void afterwards; empty without one.
        """
        host = headers.get("Host", "")
        if host not in {f"{HOST}:{self.port}", f"localhost:{self.port}"}:
            return AccessDecision.WRONG_HOST
        if method == "GET" and self._takes(ticket):  # of a file on this machine, which browsers call another site
            return AccessDecision.EXCHANGE_TICKET
        if not self._is_same_site(method, headers, host):
            return AccessDecision.CROSS_SITE
        if method in SAFE_METHODS and self._is_key(query_key):  # even with a cookie: the key must leave the address
            return AccessDecision.SET_COOKIE
        return AccessDecision.ADMIT if self._is_key(cookie) else AccessDecision.NO_KEY

    @staticmethod
    def _is_same_site(method: str, headers: Mapping[str, str], host: str) -> bool:
        """Check Origin and Sec-Fetch-Site, which every browser sends with a form (https://www.w3.org/TR/fetch-metadata/)."""
        site = headers.get("Sec-Fetch-Site", "same-origin")
        if method in SAFE_METHODS:
            return site in {"same-origin", "none"}
        return site == "same-origin" and headers.get("Origin") == f"http://{host}"

    def _takes(self, ticket: str) -> bool:
        """Take a ticket; whether it was valid. Of two requests with the same one, only the first gets it."""
        for valid in tuple(self._tickets):
            if hmac.compare_digest(ticket.encode(errors="surrogatepass"), valid.encode()):
                try:
                    self._tickets.remove(valid)
                except KeyError:
                    return False
                return True
        return False

    def _is_key(self, text: str) -> bool:
        return hmac.compare_digest(text.encode(errors="surrogatepass"), self.key.encode())
