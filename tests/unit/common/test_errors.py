"""The exceptions for handlers' authors."""

import re

from lambdas.common import errors


def test_the_modules_docstring_draws_every_exception() -> None:
    drawn = re.findall(r"[├└]── (\w+)", errors.__doc__ or "")

    defined = [name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)]
    assert sorted(drawn) == sorted(defined)
