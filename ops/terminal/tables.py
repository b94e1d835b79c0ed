"""A table that is the same on a terminal and in a page, and the blocks of a page that are made of such."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Table

from ops.terminal.errors import OperatorError

_BLOCK = re.compile("(?P<begin><!-- made: (?P<name>[a-z-]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Texts in rows and columns; figures stand to the right."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1
    """How many columns, from the left, are words."""

    def table(self) -> Table:
        """For a terminal, however narrow: words and headings are broken there, figures are not."""
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
        """For a page, without the title."""
        marks = ["---" if number < self.words else "---:" for number in range(len(self.headings))]
        return "".join(f"| {' | '.join(row)} |\n" for row in (self.headings, marks, *self.rows))


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
