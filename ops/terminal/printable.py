"""Text and figures on people's terminals."""


def printable(text: str) -> str:
    """The text with every character that could move the cursor, colour, hide or reorder shown as its escape."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def counted(number: int, what: str) -> str:
    """So many of something: `1 dead letter`, `2,000 dead letters`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
