"""The session that the recording shows: what is wrong, why, and how it is mended."""

import os
import shlex
from pathlib import Path

from docs.pictures import shell
from docs.pictures.animation import Film
from docs.pictures.morning import Morning
from docs.pictures.tape import Tape
from docs.pictures.terminal import Size, frames
from ops.checkout import ROOT
from ops.terminal.errors import OperatorError

_SIZE = Size(columns=108, lines=30)
_PROMPT = "\x1b[1;32m$\x1b[0m "
_DESCRIPTION = (
    "A terminal. `ops status` shows which types of events have dead letters; `ops dead-letters list` shows by cause "
    "what died; `ops trace` shows a booking, the email that it led to, and the activity that the CRM refused. When the "
    "CRM takes activities again, `ops redrive` sends a sample of two back, sees them succeed, and sends the rest; the "
    "trace then ends well."
)


def film(morning: Morning) -> Film:
    """Do it, before a terminal, on a stage that is as it was in the morning.

    Raises:
        OperatorError: a command fails, or says what is no reader's business.
    """
    letter = morning.activities[0].id
    session = _Session(morning)
    session.pause(1)
    session.do("ops status", reading=6)
    session.do("ops dead-letters list --reason permanent", reading=6)
    session.do(f"ops trace {letter}", reading=7)
    session.say("# … the CRM takes activities again", reading=1.5)
    morning.fix_cause()
    session.do(f"ops redrive {morning.service} --fingerprint {morning.fingerprint} --sample 2", reading=5)
    morning.wait_until_recorded()
    session.do(f"ops trace {letter}", reading=9)
    return session.film()


class _Session:
    """At a prompt."""

    def __init__(self, morning: Morning) -> None:
        """With the credentials of the local stage, and nothing of whoever makes the pictures."""
        self._environment = {
            **morning.stage.endpoint.variables(),
            "PATH": os.pathsep.join((str(ROOT / "bin"), os.defpath)),
            "LANG": "C.UTF-8",
        }
        self._tape = Tape()
        self._tape.write(_PROMPT)

    def pause(self, seconds: float) -> None:
        """Leave time to read."""
        self._tape.wait(seconds)

    def say(self, line: str, *, reading: float) -> None:
        """Type what is no command; `reading` are seconds."""
        self._tape.type(line)
        self._tape.write(_PROMPT)
        self.pause(reading)

    def do(self, line: str, *, reading: float) -> None:
        """Type a command, and let it run; likewise."""
        self._tape.type(line)
        heard = shell.run(shlex.split(line), environment=self._environment, size=_SIZE)
        self._tape.copy(heard)
        self._tape.write(_PROMPT)
        self.pause(reading)

    def film(self) -> Film:
        """All of it."""
        text = "".join(writing.text for writing in self._tape.writings)
        for private in (ROOT, Path.home()):
            if str(private) in text:
                raise OperatorError(f"the recording shows a path of this machine, {private}: see which command says it")
        return Film(
            frames=frames(self._tape.writings, _SIZE),
            seconds=self._tape.seconds,
            size=_SIZE,
            title="ops",
            description=_DESCRIPTION,
        )
