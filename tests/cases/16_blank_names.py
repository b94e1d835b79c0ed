"""A name of blanks is no name: the mail greets without one, and its subject says what it is about."""

from kit import check, mail, ok

for name in ("   ", "\u00a0"):
    sent, _ = mail(name=name)
    first = sent["Content"]["Simple"]["Body"]["Text"]["Data"].split("\n")[0] if sent else None
    check(first in {None, "Hello,"}, f"{first!r}")
ok()
