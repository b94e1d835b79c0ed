"""Links in mails go to the stage's own hosts alone: a mail in a company's name must not lead to a stranger's page."""

import re
from collections.abc import Iterator, Sequence

from lambdas.common.errors import PermanentError
from schemas.reasons import Remedy
from schemas.wire import HTTPS_URL_PATTERN, WireModel

_HOST = re.compile(r"https://([a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::[0-9]{1,5})?(?:[/?#][!-~]*)?", re.ASCII | re.IGNORECASE)
"""An address whose host all readers read alike.

No user name, no trailing dot, no backslash, nothing beyond ASCII: an internationalised host is `xn--…`.
"""


def check_link(field: str, url: str, hosts: Sequence[str]) -> None:
    """Check that a link goes to one of the hosts or a subdomain of one. No hosts: any is allowed.

    Raises:
        PermanentError: it goes elsewhere. The text names the field, never the address.
    """
    if hosts and not _is_within(url, hosts):
        raise PermanentError(
            f"{field}: the link's host is none of the stage's: correct the link, or add its host to the stage setting "
            "link_hosts",
            remedy=Remedy.MEND,
        )


def links_in(values: WireModel) -> Iterator[tuple[str, str]]:
    """Yield the links among a template's values, each with its name on the wire."""
    for name, field in type(values).model_fields.items():
        if any(getattr(constraint, "pattern", None) == HTTPS_URL_PATTERN for constraint in field.metadata):
            yield field.alias or name, getattr(values, name)


def _is_within(url: str, hosts: Sequence[str]) -> bool:
    found = _HOST.fullmatch(url)
    return found is not None and f".{found[1].lower()}".endswith(tuple(f".{host}" for host in hosts))
