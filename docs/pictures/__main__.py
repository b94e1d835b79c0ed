"""Take the README's pictures; `make pictures` starts a local stage with dead letters first."""

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, ViewportSize, expect
from rich.console import Console
from rich.text import Text

from lambdas.email_send.rendering import render
from ops.terminal.checkout import ROOT
from ops.terminal.command import command
from ops.terminal.output import step
from schemas.activities import ACTIVITY_RECORD
from schemas.emails import Template
from tests.e2e.browser.chromium import browsing
from tests.mails import PLAIN, mail

Scheme = Literal["light", "dark"]

_HERE = Path(__file__).parent
_OPS = sys.executable, "-m", "ops"
_COLUMNS = 132
_SCREEN = ViewportSize(width=1280, height=860)
_PHONE = ViewportSize(width=390, height=510)
_SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@command
def main() -> bool:
    """Take all pictures.

    Raises:
        CalledProcessError: a command fails, for example because no local stage is running.
    """
    with step("Take a picture of a trace"):
        _trace(_records("--type", ACTIVITY_RECORD.name, "--each")[0]["id"])
    with step("Take pictures of the console"), _console() as address, browsing() as browser:
        for scheme in _SCHEMES:
            _overview(browser, address, scheme, causes=len(_records()))
    with step("Take a picture of mails"), browsing() as browser:
        _mails(browser)
    return True


def _records(*options: str) -> list[dict[str, str]]:
    """List dead letters: one record a cause, or one a message with `--each`."""
    return [json.loads(line) for line in _output("dead-letters", "list", "--json", *options).splitlines()]


def _trace(message_id: str) -> None:
    terminal = Console(record=True, width=_COLUMNS, file=StringIO())
    terminal.print(Text.from_ansi(_output("trace", message_id)))
    picture = terminal.export_svg(title=f"taly-async trace {message_id}")
    # Browsers load no font into an <img>: the reader's own monospace is used in either case.
    (_HERE / "trace.svg").write_text(re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL), encoding="utf-8")


def _overview(browser: Browser, address: str, scheme: Scheme, *, causes: int) -> None:
    """Take a picture of the overview once it shows every cause and the health of the types."""
    with browser.new_context(viewport=_SCREEN, color_scheme=scheme, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(address)
        expect(page.get_by_role("article")).to_have_count(causes)
        expect(page.get_by_role("table")).to_be_visible()
        page.screenshot(path=_HERE / f"console-{scheme}.png", animations="disabled")


def _mails(browser: Browser) -> None:
    """Take a picture of one mail twice, side by side: in English and light, and in German and dark."""
    phones = _mail(browser, "en", "light"), _mail(browser, "de", "dark")
    images = "".join(f'<img src="data:image/png;base64,{base64.b64encode(phone).decode()}">' for phone in phones)
    with browser.new_context(viewport=ViewportSize(width=2 * _PHONE["width"], height=_PHONE["height"])) as context:
        page = context.new_page()
        page.set_content(f'<body style="margin: 0; display: flex">{images}</body>')
        page.screenshot(path=_HERE / "mails.png")


def _mail(browser: Browser, language: str, scheme: Scheme) -> bytes:
    confirmation = mail(Template.BOOKING_CONFIRMATION, replace(PLAIN, locale=language))
    with browser.new_context(viewport=_PHONE, color_scheme=scheme) as context:
        page = context.new_page()
        page.set_content(render(confirmation, "a-picture").html)
        return page.screenshot()


@contextmanager
def _console() -> Iterator[str]:
    """Run the console; give the address that it prints, which contains its access key."""
    command_line = *_OPS, "console", "--port", "0"
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command_line, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield next(word for line in process.stdout or () for word in line.split() if word.startswith("http"))
        finally:
            process.terminate()


def _output(*words: str) -> str:
    environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(_COLUMNS)}
    return subprocess.run(
        (*_OPS, *words), cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


if __name__ == "__main__":
    main()
