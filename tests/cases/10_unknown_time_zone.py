"""Browsers give Etc/Unknown where they do not know the zone: the mail goes out all the same, its times in UTC and
said to be so.
"""

from kit import check, mail, ok

for zone in ("Etc/Unknown", "US/Pacific-New"):
    sent, harness = mail(timeZone=zone)
    check(sent, f"{zone}: {harness.outcomes} {harness.lines[0].get('detail')}")
    text = sent["Content"]["Simple"]["Body"]["Text"]["Data"]
    check("(UTC)" in text, f"{zone}: does not say in which zone its times are")
ok()
