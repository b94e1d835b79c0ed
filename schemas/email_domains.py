"""Internationalised domains of email addresses in ASCII, as SES takes them.

Source: Amazon SES API, "SendEmail": a domain beyond ASCII must be in Punycode, and a local part cannot be beyond ASCII.
"""

_CHANGED_BY_IDNA_2008 = frozenset("ßς\u200c\u200d")
"""Letters of which IDNA 2003, Python's, makes others: the mail would go to another domain (RFC 5894, section 7.2)."""


def ascii_address(address: str) -> str:
    """Write the domain of an email address as A-labels (RFC 5891): ada@müller.example is ada@xn--mller-kva.example.

    Raises:
        ValueError: the domain cannot be written so without a doubt. The text does not name it.
    """
    if address.isascii():
        return address
    local, _, domain = address.rpartition("@")
    if local.isascii() and not _CHANGED_BY_IDNA_2008 & set(domain):
        try:
            return f"{local}@{domain.encode('idna').decode()}"
        except UnicodeError:  # its text quotes the domain
            pass
    raise ValueError("has letters that cannot be written in ASCII")
