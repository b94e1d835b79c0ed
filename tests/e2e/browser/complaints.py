"""What no page of the console may do, and the browser tells of: errors, scripts of others, requests to elsewhere."""

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Request


class Complaints:
    """Of all pages of one context."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        """Listen from now on; the console is at `origin`, such as `http://127.0.0.1:8710`."""
        self._origin = origin
        self._made: list[str] = []
        self._foretold: list[str] = []
        context.on("console", self._said)
        context.on("weberror", lambda error: self._made.append(f"a script failed: {error.error}"))
        context.on("dialog", self._asked)
        context.on("request", self._requested)

    def foretell(self, text: str) -> None:
        """What has this text in it is no complaint: the case is about it."""
        self._foretold.append(text)

    def made(self) -> list[str]:
        """All that were made until now."""
        return [each for each in self._made if not any(text in each for text in self._foretold)]

    def _said(self, message: ConsoleMessage) -> None:
        """What Content-Security-Policy blocks is among the errors."""
        if message.type in {"error", "warning"}:
            self._made.append(f"the browser says: {message.text}")

    def _asked(self, dialog: Dialog) -> None:
        self._made.append(f"a script ran: {dialog.type}({dialog.message})")
        dialog.dismiss()

    def _requested(self, request: Request) -> None:
        if not request.url.startswith(f"{self._origin}/"):
            self._made.append(f"something of another origin was asked for: {request.url}")
