"""A response, parsed as HTML."""

from html.parser import HTMLParser

from werkzeug.test import TestResponse


class Page:
    """A response of the console."""

    def __init__(self, response: TestResponse) -> None:
        self.status = response.status_code
        self.html = response.get_data(as_text=True)
        response.close()
        self.headers = response.headers
        self.location = response.headers.get("Location", "")
        parser = _Parser()
        parser.feed(self.html)
        parser.close()
        self.elements: list[tuple[str, dict[str, str]]] = parser.elements
        """Names and attributes of all elements, in order."""

        self.text = " ".join("".join(parser.texts).split())
        """Text of all elements, in one line."""

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Elements with the names of their attributes."""
        return [(name, tuple(attributes)) for name, attributes in self.elements]

    def links(self) -> list[str]:
        """Targets of the links."""
        return [attributes["href"] for name, attributes in self.elements if name == "a"]

    def fields(self) -> dict[str, str]:
        """Hidden fields of the forms."""
        inputs = [attributes for name, attributes in self.elements if name == "input"]
        return {each["name"]: each["value"] for each in inputs if each.get("type") == "hidden"}

    def actions(self) -> list[str]:
        """Targets of the forms that change something; empty for the page's own address."""
        forms = [attributes for name, attributes in self.elements if name == "form"]
        return [each.get("action", "") for each in forms if each.get("method") == "post"]


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
