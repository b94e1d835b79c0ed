"""Who may ask the console: the operator's own browser, led there by the address that the terminal printed.

The console acts with the operator's credentials, so whatever else can reach a port of this machine must not: a page
of another site in the same browser (cross-site request forgery, DNS rebinding), another user of the machine.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

HOST = "127.0.0.1"
"""Loopback alone: nobody can ask from another machine. There is no option for another one."""

SAFE_METHODS = frozenset({"GET", "HEAD"})

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # with "no-referrer" browsers say of a form that it comes from nowhere
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Of every answer: nothing of others is loaded or run, whatever a payload says, and nothing is kept on disk."""


class AccessDecision(Enum):
    """What is to be done with a request; the text of a refusal is for whoever reads it."""

    ADMIT = ""
    WELCOME = "it has the key in its address: keep it in a cookie, and take it out of the address"
    WRONG_HOST = "this is not the address that the console has"
    CROSS_SITE = "another site asked for this: open the console's address yourself"
    NO_KEY = "open the address that the console printed in its terminal: it has the key in it"


@dataclass(frozen=True, slots=True)
class AccessControl:
    """Admits or refuses, by what a request says of itself before its body is read."""

    port: int
    key: str
    """A secret of this run."""

    @property
    def cookie(self) -> str:
        """The name of the cookie that has the key: browsers do not tell ports apart."""
        return f"taly_console_{self.port}"

    @property
    def address(self) -> str:
        """What is to be opened."""
        return f"http://{HOST}:{self.port}/?key={self.key}"

    def verdict(self, method: str, headers: Mapping[str, str], *, cookie: str, offered: str) -> AccessDecision:
        """Whether a request is answered.

        Args:
            method: of HTTP.
            headers: by their names.
            cookie: what the cookie says; empty where there is none.
            offered: the key in the address; likewise.
        """
        host = headers.get("Host", "")
        if host not in {f"{HOST}:{self.port}", f"localhost:{self.port}"}:
            return AccessDecision.WRONG_HOST
        if not self._is_of_this_site(method, headers, host):
            return AccessDecision.CROSS_SITE
        if method in SAFE_METHODS and self._is_key(offered):  # out of the address, also where the cookie is there
            return AccessDecision.WELCOME
        return AccessDecision.ADMIT if self._is_key(cookie) else AccessDecision.NO_KEY

    @staticmethod
    def _is_of_this_site(method: str, headers: Mapping[str, str], host: str) -> bool:
        """Every browser says where a form came from, by Origin and by https://www.w3.org/TR/fetch-metadata/."""
        site = headers.get("Sec-Fetch-Site", "same-origin")
        if method in SAFE_METHODS:
            return site in {"same-origin", "none"}
        return site == "same-origin" and headers.get("Origin") == f"http://{host}"

    def _is_key(self, text: str) -> bool:
        return hmac.compare_digest(text.encode(errors="surrogatepass"), self.key.encode())
