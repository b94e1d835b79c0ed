"""Text of others on people's terminals."""


def printable(text: str) -> str:
    """The text with every character that could move the cursor, colour, hide or reorder shown as its escape."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
