"""The rules of Slack's incoming webhooks, as far as its documentation says: the stand-in refuses what Slack refuses.

Sources: Slack, "Block Kit: blocks", "Composition objects: text", "Block elements: button" and "image", "Sending
messages using incoming webhooks". Written without a look at the code that renders the cards, so that each checks the
other.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_BLOCKS = 50
MAX_TEXT = 40_000
"""Characters of `text`, after which Slack truncates."""

MAX_BLOCKS_TEXT = 12_000
"""Characters of all blocks together; undocumented, refused as `msg_blocks_too_long` (slackapi/bolt-js, 2509)."""

_MAX_TEXT_OBJECT = 3_000
_MAX_ID = 255

_Check = Callable[[Any, str], Iterator[str]]
_OBJECT: Any = Mapping

_PAYLOAD_FIELDS = {
    "text", "blocks", "attachments", "thread_ts", "mrkdwn", "parse", "link_names", "unfurl_links", "unfurl_media",
    "response_type", "replace_original", "delete_original", "metadata",
}  # fmt: skip


def problems(payload: object) -> list[str]:
    """Everything that Slack would refuse in a webhook's payload, one sentence each; empty if Slack accepts it."""
    return list(_payload(payload))


def _payload(payload: object) -> Iterator[str]:
    if not isinstance(payload, _OBJECT):
        yield "The payload must be a JSON object."
        return
    yield from _unknown(payload, _PAYLOAD_FIELDS, "the payload")
    text, blocks = payload.get("text"), payload.get("blocks")
    if text is None and blocks is None and not payload.get("attachments"):
        yield "The payload has neither text nor blocks: no_text."
    if text is not None:
        yield from _string(text, "text", MAX_TEXT, least=0 if blocks else 1)
    if blocks is not None:
        yield from _blocks(blocks)


def _blocks(blocks: object) -> Iterator[str]:
    yield from _array(blocks, "blocks", 1, MAX_BLOCKS, _block)
    if not isinstance(blocks, list):
        return
    ids = [block["block_id"] for block in blocks if isinstance(block, _OBJECT) and "block_id" in block]
    if len({str(each) for each in ids}) < len(ids):
        yield "Two blocks have the same block_id."
    characters = sum(map(_length, _texts(blocks)))
    if characters > MAX_BLOCKS_TEXT:
        yield f"The blocks have {characters} characters in all, {MAX_BLOCKS_TEXT} at most: msg_blocks_too_long."


def _block(block: object, where: str) -> Iterator[str]:
    yield from _typed(block, where, _BLOCKS, {"block_id": _Field(_limited(_MAX_ID))})
    if isinstance(block, _OBJECT) and block.get("type") == "section" and not block.keys() & {"text", "fields"}:
        yield f"{where} must have text or fields."


def _typed(
    value: object, where: str, known: Mapping[str, "_Shape"], common: Mapping[str, "_Field"] | None = None
) -> Iterator[str]:
    """Check an object against the shape of its `type`."""
    if not isinstance(value, _OBJECT):
        yield f"{where} must be an object."
        return
    shape = known.get(kind) if isinstance(kind := value.get("type"), str) else None
    if shape is None:
        yield f"{where} is of type {kind!r}, which Slack does not take there."
        return
    fields = {**shape.fields, **(common or {})}
    yield from _unknown(value, fields.keys() | {"type"}, where)
    for name, rule in fields.items():
        if name in value:
            yield from rule.check(value[name], f"{where}.{name}")
        elif rule.required:
            yield f"{where} must have {name}."


@dataclass(frozen=True, slots=True)
class _Field:
    check: _Check
    required: bool = False


@dataclass(frozen=True, slots=True)
class _Shape:
    fields: Mapping[str, _Field] = field(default_factory=dict)


def _text(limit: int, *kinds: str) -> _Check:
    """A check for a text object; the limit is that of the field that contains it."""

    def check(value: object, where: str) -> Iterator[str]:
        yield from _typed(value, where, {kind: _text_shape(kind, limit) for kind in kinds})

    return check


def _text_shape(kind: str, limit: int) -> _Shape:
    switch = "emoji" if kind == "plain_text" else "verbatim"
    return _Shape({"text": _Field(_limited(limit), required=True), switch: _Field(_boolean)})


def _limited(most: int, *, least: int = 1) -> _Check:
    return lambda value, where: _string(value, where, most, least=least)


def _string(value: object, where: str, most: int, *, least: int = 1) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{where} must be a string."
    elif _length(value) > most:
        yield f"{where} has {_length(value)} characters, {most} at most."
    elif least and not value.strip():
        yield f"{where} must not be empty."


def _length(text: str) -> int:
    """The length as in JavaScript, the stricter reading of "characters": those beyond U+FFFF count twice."""
    return len(text) + sum(each > "\uffff" for each in text)


def _url(most: int) -> _Check:
    def check(value: object, where: str) -> Iterator[str]:
        yield from _string(value, where, most)
        if isinstance(value, str) and not value.startswith(("https://", "http://", "slack://", "mailto:")):
            yield f"{where} must be a URL."

    return check


def _boolean(value: object, where: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{where} must be true or false."


def _one_of(*values: str) -> _Check:
    def check(value: object, where: str) -> Iterator[str]:
        if value not in values:
            yield f"{where} must be {' or '.join(values)}."

    return check


def _many(least: int, most: int, each: _Check) -> _Check:
    return lambda value, where: _array(value, where, least, most, each)


def _array(value: object, where: str, least: int, most: int, each: _Check) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{where} must be an array."
        return
    if not least <= len(value) <= most:
        yield f"{where} has {len(value)} members, {least} to {most} are taken."
    for number, member in enumerate(value):
        yield from each(member, f"{where}[{number}]")


def _element(*kinds: str) -> _Check:
    return lambda value, where: _typed(value, where, {kind: _ELEMENTS[kind] for kind in kinds})


def _unknown(value: Mapping[Any, Any], known: "set[str]", where: str) -> Iterator[str]:
    yield from (f"{where} has {name!r}, which Slack does not know." for name in value if name not in known)


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, _OBJECT):
        for name, inner in node.items():
            if name == "text" and isinstance(inner, str):
                yield inner
            else:
                yield from _texts(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _texts(inner)


_ANY_TEXT = ("plain_text", "mrkdwn")

_ELEMENTS: Mapping[str, _Shape] = {
    **{kind: _text_shape(kind, _MAX_TEXT_OBJECT) for kind in _ANY_TEXT},
    "button": _Shape(
        {
            "text": _Field(_text(75, "plain_text"), required=True),
            "action_id": _Field(_limited(_MAX_ID)),
            "url": _Field(_url(3_000)),
            "value": _Field(_limited(2_000)),
            "style": _Field(_one_of("primary", "danger")),
            "accessibility_label": _Field(_limited(75)),
        }
    ),
    "image": _Shape(
        {
            "image_url": _Field(_url(3_000), required=True),
            "alt_text": _Field(_limited(2_000), required=True),
        }
    ),
}

_BLOCKS: Mapping[str, _Shape] = {
    "header": _Shape({"text": _Field(_text(150, "plain_text"), required=True)}),
    "section": _Shape(
        {
            "text": _Field(_text(_MAX_TEXT_OBJECT, *_ANY_TEXT)),
            "fields": _Field(_many(1, 10, _text(2_000, *_ANY_TEXT))),
            "accessory": _Field(_element("button", "image")),
            "expand": _Field(_boolean),
        }
    ),
    "context": _Shape({"elements": _Field(_many(1, 10, _element(*_ANY_TEXT, "image")), required=True)}),
    "actions": _Shape({"elements": _Field(_many(1, 25, _element("button")), required=True)}),
    "divider": _Shape(),
    "image": _Shape(
        {
            "image_url": _Field(_url(3_000), required=True),
            "alt_text": _Field(_limited(2_000), required=True),
            "title": _Field(_text(2_000, "plain_text")),
        }
    ),
}
