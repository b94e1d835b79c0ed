"""Violations that the browser reports: errors, scripts of others, and requests to other origins."""

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Request


class Violations:
    """Violations of all pages in one browser context."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        """Listen from now on; the console's origin looks like `http://127.0.0.1:8710`."""
        self._origin = origin
        self._found: list[str] = []
        self._allowed: list[str] = []
        context.on("console", self._on_message)
        context.on("weberror", lambda error: self._found.append(f"a script failed: {error.error}"))
        context.on("dialog", self._on_dialog)
        context.on("request", self._on_request)

    def allow(self, text: str) -> None:
        """Ignore violations with this text, since the test causes them."""
        self._allowed.append(text)

    def found(self) -> list[str]:
        """All violations so far."""
        return [each for each in self._found if not any(text in each for text in self._allowed)]

    def _on_message(self, message: ConsoleMessage) -> None:
        """Record errors, to which blocks by the Content-Security-Policy belong, and warnings."""
        if message.type in {"error", "warning"}:
            self._found.append(f"the browser says: {message.text}")

    def _on_dialog(self, dialog: Dialog) -> None:
        self._found.append(f"a script ran: {dialog.type}({dialog.message})")
        dialog.dismiss()

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith(f"{self._origin}/"):
            self._found.append(f"request to another origin: {request.url}")
