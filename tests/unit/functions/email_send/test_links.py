"""Links of mails go to the stage's hosts alone, however the address is written."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.common.errors import PermanentError
from lambdas.email_send.links import check_link, links_in
from lambdas.email_send.values import VALUES
from schemas.emails import Template
from tests.mails import mail

SUITE = settings(max_examples=500, derandomize=True, database=None, deadline=None)
HOSTS = ("taly.dev", "s3.eu-central-1.amazonaws.com")


def is_allowed(url: str, *hosts: str) -> bool:
    try:
        check_link("link", url, hosts or HOSTS)
    except PermanentError:
        return False
    return True


@pytest.mark.parametrize(
    "url",
    [
        "https://taly.dev",
        "https://taly.dev/",
        "https://app.taly.dev/open?token=it's&more=[1]#top",
        "https://a.b.c.taly.dev:8443/x",
        "HTTPS://APP.TALY.DEV/x",
        "https://taly.dev?x=https://evil.example/",
        "https://taly.dev#@evil.example",
        "https://files.s3.eu-central-1.amazonaws.com/1?X-Amz-Signature=abc",
    ],
)
def test_link_to_a_host_or_its_subdomain_is_allowed(url: str) -> None:
    assert is_allowed(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "https://eviltaly.dev/",
        "https://taly.dev.evil.example/",
        "https://dev/",
        "https://taly/",
        "https://taly.dev./",
        "https://.taly.dev/",
        "https://evil.example..taly.dev/",
        "https://evil.example/.taly.dev",
        "https://evil.example?.taly.dev",
        "https://evil.example#.taly.dev",
        "https://evil.example:443.taly.dev/",
        "https://evil.example\\.taly.dev/",
        "https://evil.example/@taly.dev",
        "https://evil.example\\@taly.dev/",
        "https://taly.dev@evil.example/",
        "https://user:secret@taly.dev/",
        "https://taly.dev:x@evil.example/",
        "https://taly.dev:443@evil.example/",
        "https://taly.dev:/",
        "https://taly.dev:123456/",
        "https:taly.dev/",
        "https:///taly.dev/",
        "https:/taly.dev/",
        "http://taly.dev/",
        "javascript://taly.dev/%0aalert(1)",
        "//taly.dev/",
        "https://tаly.dev/",  # noqa: RUF001 a Cyrillic letter
        "https://xn--tly-5cd.dev/",
        "https://taly。dev/",
        "https://evil.example／.taly.dev/",  # noqa: RUF001 a full-width slash
        "https://taly.dev\u200b/",
        "https://taly.dev/\nx",
        "https://taly.dev\n",
        "https://taly.dev\r\n.evil.example/",
        "https://ta\tly.dev/",
        " https://taly.dev/",
        "https://%74aly.dev/",
        "https://[::1]/",
        "https://taly_dev/",
        "",
    ],
)
def test_link_that_leads_or_could_lead_elsewhere_is_refused(url: str) -> None:
    assert not is_allowed(url)


def test_refusal_names_the_field_and_no_address() -> None:
    with pytest.raises(PermanentError, match=r"^values\.acceptUrl: the link's host is none of the stage's") as refused:
        check_link("values.acceptUrl", "https://evil.example/secret", HOSTS)

    assert not re.search("evil|secret|taly", str(refused.value))


def test_without_hosts_any_is_allowed() -> None:
    check_link("link", "https://anything.example/", ())


@given(st.text(st.characters(codec="utf-8"), max_size=30), st.sampled_from(HOSTS), st.text(max_size=10))
@SUITE
def test_no_text_around_a_host_makes_another_one_of_it(before: str, host: str, after: str) -> None:
    """The host as browsers read it: all before the first `/`, `?`, `#` or `\\`, after the last `@` in it."""
    url = f"https://{before}{host}{after}"

    if is_allowed(url):
        browsers_host = re.split(r"[/?#\\]", url.removeprefix("https://"))[0].rpartition("@")[2].partition(":")[0]
        assert browsers_host.lower() == host or browsers_host.lower().endswith(f".{host}")
        assert browsers_host.isascii()


def links_of_the_contract(schema: dict[str, Any]) -> Iterator[str]:
    """The values that a template's contract knows as https addresses, also those that may be null."""
    for name, each in schema["properties"].items():
        forms = each.get("anyOf", [each])
        if any("://" in form.get("pattern", "") for form in forms):
            yield name


@pytest.mark.parametrize("template", Template)
def test_all_links_of_a_template_are_found(template: Template) -> None:
    model = VALUES[template]
    expected = list(links_of_the_contract(model.model_json_schema(by_alias=True)))

    filled: Any = dict.fromkeys(model.model_fields, "https://taly.dev/")
    found = links_in(model.model_construct(**filled))

    assert [name for name, _ in found] == expected


def test_links_are_found_with_their_address() -> None:
    values = VALUES[Template.REPORT_READY].model_validate(mail(Template.REPORT_READY).values)

    assert list(links_in(values)) == [("downloadUrl", "https://app.taly.dev/open?token=example")]
