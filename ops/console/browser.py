"""Open a browser on the console without a secret in the arguments of its process, which other users can see."""

import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from ops.terminal.checkout import ROOT

_PAGE = """<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={address}">
<title>Console</title>
<p>This page leads to the console of this run: <a href="{address}">open it</a>.</p>
"""


@contextmanager
def opened(address: str, folder: Path = ROOT / "build") -> Iterator[bool]:
    """Open a browser on a file that leads to an address; delete the file at the end of the block.

    Yields whether a browser was opened. The file is readable for its owner alone. It is in the checkout, since some
    browsers may not read folders for temporary files.

    Args:
        address: the address, with a secret in it that is void after its first use.
        folder: where the file is written.
    """
    try:
        folder.mkdir(exist_ok=True)
        file = NamedTemporaryFile("w", dir=folder, prefix="console-", suffix=".html", encoding="utf-8")  # noqa: SIM115 closed below
    except OSError:
        yield False
        return
    with file:
        file.write(_PAGE.format(address=address))
        file.flush()
        yield webbrowser.open(Path(file.name).as_uri())
