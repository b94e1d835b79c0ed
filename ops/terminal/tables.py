"""Tables that are the same on a terminal and in a Markdown page, and the generated blocks of such pages."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Table

from ops.terminal.errors import OperatorError

_BLOCK = re.compile("(?P<begin><!-- made: (?P<name>[a-z-]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table of texts: columns of words, then columns of figures, aligned right."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1
    """Number of columns from the left that hold words."""

    def table(self) -> Table:
        """The table for a terminal: if that is narrow, words and headings wrap, figures do not."""
        table = Table(title=self.title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        for number, heading in enumerate(self.headings):
            if number < self.words:
                table.add_column(heading, overflow="fold")
            else:
                widest = max((len(row[number]) for row in self.rows), default=0)
                table.add_column(heading, justify="right", overflow="fold", min_width=widest)
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """The table in Markdown, without the title."""
        marks = ["---" if number < self.words else "---:" for number in range(len(self.headings))]
        return "".join(f"| {' | '.join(row)} |\n" for row in (self.headings, marks, *self.rows))


def written_anew(page: str, made: Mapping[str, str], *, name: str) -> str:
    """Replace the generated blocks of a page.

    Args:
        page: the page's text.
        made: the new content of each block, by the block's name.
        name: the page's name, for the error.

    Raises:
        OperatorError: the page does not have exactly these blocks, each once.
    """
    there = [match["name"] for match in _BLOCK.finditer(page)]
    if sorted(there) != sorted(made):
        raise OperatorError(
            f"{name} has the blocks {', '.join(there)}: give it each of {', '.join(made)} once, "
            "between <!-- made: name --> and <!-- end -->"
        )
    return _BLOCK.sub(lambda block: f"{block['begin']}\n{made[block['name']]}\n{block['end']}", page)
