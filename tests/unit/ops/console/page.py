"""What a browser got, read as HTML."""

from html.parser import HTMLParser

from werkzeug.test import TestResponse


class Page:
    """What a browser got."""

    def __init__(self, answer: TestResponse) -> None:
        self.status = answer.status_code
        self.html = answer.get_data(as_text=True)
        answer.close()
        self.headers = answer.headers
        self.location = answer.headers.get("Location", "")
        read = _Reader()
        read.feed(self.html)
        read.close()
        self.elements: list[tuple[str, dict[str, str]]] = read.elements
        """Names and attributes, as they come."""

        self.text = " ".join("".join(read.texts).split())
        """Of elements, in one line."""

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """The elements with the names of their attributes."""
        return [(name, tuple(attributes)) for name, attributes in self.elements]

    def links(self) -> list[str]:
        """Where its links lead."""
        return [attributes["href"] for name, attributes in self.elements if name == "a"]

    def fields(self) -> dict[str, str]:
        """The hidden fields of its forms."""
        inputs = [attributes for name, attributes in self.elements if name == "input"]
        return {each["name"]: each["value"] for each in inputs if each.get("type") == "hidden"}

    def actions(self) -> list[str]:
        """Where its forms that change something go; empty: to the page's own address."""
        forms = [attributes for name, attributes in self.elements if name == "form"]
        return [each.get("action", "") for each in forms if each.get("method") == "post"]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
