"""`python -m docs.pictures`: makes all pictures anew, of a stage of its own, and leaves nothing running."""

import time
from collections.abc import Mapping
from pathlib import Path

from docs.pictures import console as browser
from docs.pictures import on_call
from docs.pictures.animation import svg
from docs.pictures.morning import Morning, morning
from ops.checkout import shown
from ops.terminal.command import command
from ops.terminal.output import console, step

_HERE = Path(__file__).parent
_LARGEST = {".svg": 250_000, ".png": 300_000}
"""Bytes, by the kind of a file: whoever opens the README waits for all of them."""


@command
def main() -> bool:
    """Make them; whether each is light enough.

    Raises:
        LocalStageError: the stage did not start, or what had to happen on it did not.
        OperatorError: a command that is recorded fails.
    """
    began = time.monotonic()
    with morning() as scene:
        made = [*_board(scene), *_recording(scene), *_journey(scene)]
    console.print()
    verdicts = [_tell(path) for path in made]
    console.print(f"All of it took {time.monotonic() - began:.0f} s, and all is stopped again.")
    return all(verdicts)


def _board(scene: Morning) -> list[Path]:
    with step("Take pictures of the console"):
        return _write_all("console", browser.pictures(scene, browser.BOARD))


def _recording(scene: Morning) -> list[Path]:
    with step("Record a session on a terminal"):
        film = on_call.film(scene)
        return [_write("on-call.svg", svg(film).encode()), _write("on-call-still.svg", svg(film.still).encode())]


def _journey(scene: Morning) -> list[Path]:
    with step("Take pictures of a journey"):
        return _write_all("journey", browser.pictures(scene, browser.journey(scene.activities[0].id)))


def _write_all(name: str, pictures: Mapping[browser.Scheme, bytes]) -> list[Path]:
    return [_write(f"{name}-{scheme}.png", picture) for scheme, picture in pictures.items()]


def _write(name: str, content: bytes) -> Path:
    path = _HERE / name
    path.write_bytes(content)
    return path


def _tell(path: Path) -> bool:
    """Print how large it is; whether that is light enough."""
    size, largest = path.stat().st_size, _LARGEST[path.suffix]
    is_light = size <= largest
    mark = "[green]✓[/]" if is_light else "[red]✗[/]"
    more = "" if is_light else f", more than {largest / 1000:.0f} kB"
    console.print(f"{mark} {shown(path)}  {size / 1000:.0f} kB{more}")
    return is_light


if __name__ == "__main__":
    main()
