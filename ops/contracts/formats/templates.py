"""Render the templates in `templates/`."""

import json
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # noqa: S701 the output is TypeScript and Markdown, from text of this repository
)
_ENVIRONMENT.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False)
_ENVIRONMENT.filters["pretty"] = lambda value: json.dumps(value, ensure_ascii=False, indent=2)


def rendered(template: str, **values: object) -> str:
    """Fill in a template."""
    return _ENVIRONMENT.get_template(template).render(values)
