"""Internationalised domains of email addresses in ASCII, as SES takes them.

Source: Amazon SES API, "SendEmail": a domain beyond ASCII must be in Punycode, and a local part cannot be beyond ASCII.
"""

MAX_ADDRESS = 254
"""Characters of the longest address (RFC 5321, section 4.5.3.1.3; erratum 1690). Python takes seconds for long ones."""

_CHANGED_BY_IDNA_2008 = frozenset("ßς\u200c\u200d")
"""Letters of which IDNA 2003, Python's, makes others: the mail would go to another domain (RFC 5894, section 7.2)."""


def ascii_address(address: str) -> str:
    """Write the domain of an email address as A-labels (RFC 5891): ada@müller.example is ada@xn--mller-kva.example.

    What is too long for an address is returned as it is.

    Raises:
        ValueError: the domain cannot be written so without a doubt. The text does not name it.
    """
    if address.isascii() or len(address) > MAX_ADDRESS:
        return address
    local, _, domain = address.rpartition("@")
    if local.isascii() and not _CHANGED_BY_IDNA_2008 & set(domain):
        try:
            return f"{local}@{domain.encode('idna').decode()}"
        except UnicodeError:  # its text quotes the domain
            pass
    raise ValueError("has letters that cannot be written in ASCII")


def same_for_all_spellings(address: str) -> str:
    """Return what all spellings of one address have in common: in ASCII, where it can be, and in lower case."""
    try:
        return ascii_address(address).lower()
    except ValueError:
        return address.lower()
