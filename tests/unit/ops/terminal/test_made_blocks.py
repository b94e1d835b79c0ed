"""Pages with generated blocks."""

import pytest

from ops.terminal.errors import OperatorError
from ops.terminal.tables import written_anew


def test_only_the_text_between_the_marks_is_replaced() -> None:
    page = "# Cost\n<!-- made: a -->\nold\n<!-- end -->\nby hand\n<!-- made: b -->\n<!-- end -->\nend\n"

    assert written_anew(page, {"a": "new\n", "b": "too\n"}, name="cost.md") == (
        "# Cost\n<!-- made: a -->\n\nnew\n\n<!-- end -->\nby hand\n<!-- made: b -->\n\ntoo\n\n<!-- end -->\nend\n"
    )


@pytest.mark.parametrize("page", ["", "<!-- made: a -->\n<!-- end -->\n" * 2, "<!-- made: other -->\n<!-- end -->\n"])
def test_a_page_with_a_missing_or_repeated_block_is_refused(page: str) -> None:
    with pytest.raises(OperatorError, match=r"cost\.md has .* give it each of a once"):
        written_anew(page, {"a": "new\n"}, name="cost.md")
