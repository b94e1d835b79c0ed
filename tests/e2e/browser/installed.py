"""Finds Chromium on this machine. `python -m tests.e2e.browser.installed` installs Debian's if there is none."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

_VARIABLE = "CHROMIUM"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_APT = (
    ("apt-get", "update", "--quiet=2"),
    ("apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends", "chromium"),
)


class NoChromiumError(Exception):
    """No usable Chromium was found."""


def chromium(environ: Mapping[str, str], which: Callable[[str], str | None] = shutil.which) -> str:
    """Path of Chromium.

    Args:
        environ: environment; `CHROMIUM` may name a program.
        which: finds a program on the search path.

    Raises:
        NoChromiumError: none was found, or the named program is not usable; the text says what to do.
    """
    if named := environ.get(_VARIABLE):
        if found := which(named):
            return found
        raise NoChromiumError(f"{_VARIABLE}={named} is no program that can be run: name a Chromium, or unset it")
    if found := next(filter(None, map(which, _NAMES)), None):
        return found
    raise NoChromiumError(
        f"the tests in a browser need Chromium, and none of {', '.join(_NAMES)} is on the PATH: install one (Debian: "
        f"`apt-get install chromium`), or name one: {_VARIABLE}=/path/to/chromium"
    )


def _privilege() -> Sequence[str] | None:
    """Prefix of a command that needs root; None if sudo would ask for a password."""
    if os.geteuid() == 0:
        return ()
    can = shutil.which("sudo") and subprocess.run(("sudo", "-n", "true"), capture_output=True, check=False)  # noqa: S607 as found on the PATH
    return ("sudo", "-n") if can and can.returncode == 0 else None


def _install(privilege: Sequence[str]) -> None:
    """Install Chromium with apt.

    Raises:
        NoChromiumError: apt failed.
    """
    for command in _APT:
        quiet = ("env", "DEBIAN_FRONTEND=noninteractive", *command)
        ran = subprocess.run((*privilege, *quiet), capture_output=True, text=True, check=False)
        if ran.returncode:
            raise NoChromiumError(f"`{' '.join(command)}` failed: {ran.stderr.strip() or ran.stdout.strip()}")


def main() -> None:
    """Install Chromium unless there is one."""
    try:
        chromium(os.environ)
    except NoChromiumError as error:
        privilege = _privilege() if shutil.which("apt-get") and not os.environ.get(_VARIABLE) else None
        if privilege is None:
            sys.exit(f"browser: {error}")
        sys.stdout.write("browser: Debian's chromium by apt-get\n")
        sys.stdout.flush()
        try:
            _install(privilege)
            chromium(os.environ)
        except NoChromiumError as failure:
            sys.exit(f"browser: {failure}")


if __name__ == "__main__":
    main()
