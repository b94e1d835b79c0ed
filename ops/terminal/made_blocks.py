"""Blocks of a page that are made, between marks; what stands around them is written by hand."""

import re
from collections.abc import Mapping

from ops.terminal.errors import OperatorError

_BLOCK = re.compile("(?P<begin><!-- made: (?P<name>[a-z-]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)


def written_anew(page: str, made: Mapping[str, str], *, name: str) -> str:
    """A page with its blocks as they are to be.

    Args:
        page: its text.
        made: what stands between the marks, by their names.
        name: the page's, for the error.

    Raises:
        OperatorError: it has not exactly these blocks, each once.
    """
    there = [match["name"] for match in _BLOCK.finditer(page)]
    if sorted(there) != sorted(made):
        raise OperatorError(
            f"{name} has the blocks {', '.join(there)}: give it each of {', '.join(made)} once, "
            "between <!-- made: name --> and <!-- end -->"
        )
    return _BLOCK.sub(lambda block: f"{block['begin']}\n{made[block['name']]}\n{block['end']}", page)
