"""Mails as a mail program gets them, read with the standard library's parser."""

import email
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.filter.tree import Filter, Keywords, MinimumPay, PlaceWanted
from schemas.posting import PostingSummary, Verdict
from schemas.provenance import Terms
from services.notifier.domain.content import About, Tokens, because, mail_content
from services.notifier.render import BadAddress, Renderer
from tests.unit.notifier.made import NOW, OFFER, REFUSED, alert, subscription, summary, uid

RENDERER: Final = Renderer(
    sender="jobalerts <alerts@jobalerts.example>",
    list_domain="jobalerts.example",
    public_url="https://jobalerts.example",
    postal_address="jobalerts, 1 Example Street, 12345 Exampletown",
)
WANTED: Final = Filter(
    keywords=Keywords(all=("machine learning",), none=("intern",)),
    places=(PlaceWanted(state="CA", country="US"),),
    visa_types=("H-1B",),
    minimum_pay=MinimumPay(amount=150_000),
)
CODES: Final = ("keywords", "place", "visa", "pay")
UNSUBSCRIBE: Final = "https://jobalerts.example/unsubscribe?token=UNSUBSCRIBE"
MANAGE: Final = "https://jobalerts.example/manage?token=MANAGE"


def content(
    posting: PostingSummary, *, about: About = "opened", names: tuple[str, ...] = ("ML in California",), **values: Any
) -> dict[str, Any]:
    alerts = [alert(name, clauses=CODES) for name in names]
    told = because(alerts, {uid(name): subscription(name=name, wanted=WANTED) for name in names}, posting)
    made = mail_content(posting, told, Tokens("UNSUBSCRIBE", "MANAGE"), about=about, published_at=NOW, now=NOW)
    return made | values


def letter(template: str, **values: str) -> dict[str, Any]:
    until = (NOW + timedelta(days=2)).isoformat()
    return {"template": template, "date": NOW.isoformat(), "to": "", "token": "TOKEN", "expires_at": until, **values}


def raw(made: dict[str, Any], *, to: str = "anna@example.org") -> bytes:
    return RENDERER.mail(made, delivery_id=uid("d"), message_id=f"<{uid('d')}@jobalerts.example>", to=to)


def mail(made: dict[str, Any]) -> EmailMessage:
    return parsed(raw(made))


def parsed(message: bytes) -> EmailMessage:
    return email.message_from_bytes(message, policy=default)


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


class Page(HTMLParser):
    """The text that a person sees, the links, and every tag and attribute there is."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.links += [value for name, value in attrs if name == "href" and value]

    def handle_data(self, data: str) -> None:
        self.seen.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.seen).split())


def html_page(message: EmailMessage) -> Page:
    return Page(part(message, "html"))


PLAIN_TAGS: Final = html_page(mail(content(summary())))


def test_it_is_multipart_alternative_with_a_text_that_comes_first() -> None:
    message = mail(content(summary()))
    assert message.get_content_type() == "multipart/alternative"
    assert [one.get_content_type() for one in message.iter_parts()] == ["text/plain", "text/html"]
    assert not message.defects


def test_both_parts_tell_all_that_matters() -> None:
    message = mail(content(summary(), names=("ML in California", "Anything in C++")))
    for text in (part(message, "plain"), html_page(message).text):
        for fact in (
            "Machine Learning Engineer",
            "Kestrel Analytics",
            "Hybrid · Mountain View, CA, US",
            "170,000 to 216,000 USD a year",
            "Sponsors H-1B",
            OFFER,
            "You will train ranking models",
            "ML in California",
            "Anything in C++",
            'has "machine learning"; has none of "intern"',
            "is in Mountain View, CA, US",
            "sponsors H-1B",
            "pays 170,000 to 216,000 USD a year, you asked for at least 150,000 USD a year",
            "Unsubscribe from these alerts",
            "is not legal advice",
            "jobalerts, 1 Example Street, 12345 Exampletown",
        ):
            assert fact in text
    assert {UNSUBSCRIBE, MANAGE, "https://kestrel.example/jobs/41"} == set(html_page(message).links)
    for link in (UNSUBSCRIBE, MANAGE, "https://kestrel.example/jobs/41"):
        assert link in part(message, "plain").split()


def test_every_refusal_stands_there_with_its_sentence() -> None:
    message = mail(content(summary(verdict=REFUSED)))
    for text in (part(message, "plain"), html_page(message).text):
        for said in (
            "Does not sponsor",
            "No sponsorship, now or in the future.",
            "US citizens only",
            "US citizenship is required by contract.",
            "You must be able to obtain a security clearance",
            "Must be able to obtain a Secret clearance.",
        ):
            assert said in text


def test_the_subject_names_the_job_and_an_offer_that_nothing_spoils() -> None:
    assert mail(content(summary()))["Subject"] == "Machine Learning Engineer at Kestrel Analytics · Sponsors H-1B"
    blocked = Verdict(sponsorship=summary().verdict.sponsorship, work_status=REFUSED.work_status)
    for verdict in (REFUSED, Verdict(), blocked):
        assert mail(content(summary(verdict=verdict)))["Subject"] == "Machine Learning Engineer at Kestrel Analytics"


def test_what_is_not_known_leaves_no_gap() -> None:
    bare = summary(verdict=Verdict(), pay=None, places=(), workplace=None, excerpt="", employment_types=())
    message = mail(content(bare))
    assert "Does not say whether it sponsors" in part(message, "plain")
    assert "None" not in part(message, "plain")
    assert "None" not in html_page(message).text
    assert "\n\n\n" not in part(message, "plain")


def test_the_source_is_named_where_its_terms_ask_for_it() -> None:
    message = mail(content(summary(terms=Terms(attribution="Jobs by Adzuna"))))
    assert "Jobs by Adzuna" in part(message, "plain").splitlines()
    assert '<a class="soft" href="https://kestrel.example/jobs/41" style="color:#5c6b7c">Jobs by Adzuna</a>' in part(
        message, "html"
    )
    silent = content(summary(terms=Terms()))
    assert part(mail(silent), "html") == part(mail(content(summary())), "html")


def test_headers_are_those_that_bulk_mail_needs() -> None:
    message = mail(content(summary()))
    assert message["From"] == "jobalerts <alerts@jobalerts.example>"
    assert message["To"] == "anna@example.org"
    assert message["Date"].datetime == NOW
    assert message["Message-ID"] == f"<{uid('d')}@jobalerts.example>"
    assert message["List-Id"] == "job alerts <alerts.jobalerts.example>"
    assert message["Feedback-ID"] == "alert:jobalerts.example"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["MIME-Version"] == "1.0"
    assert message["In-Reply-To"] is None


def test_one_click_unsubscribe_is_one_https_uri() -> None:
    """RFC 8058, 3.1: exactly one HTTPS URI in angle brackets, and the header that says a POST will do."""
    message = mail(content(summary()))
    header = message["List-Unsubscribe"]
    assert (header[0], header[-1]) == ("<", ">")
    uri = urlsplit(header[1:-1])
    assert (uri.scheme, uri.path, parse_qs(uri.query)) == ("https", "/unsubscribe", {"token": ["UNSUBSCRIBE"]})
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_long_token_stays_on_one_line() -> None:
    token = "k1." + "A" * 900
    lines = raw(content(summary(), unsubscribe=token)).split(b"\r\n")
    assert f"List-Unsubscribe: <https://jobalerts.example/unsubscribe?token={token}>".encode() in lines
    assert max(map(len, lines)) <= 998


def test_a_correction_answers_the_first_mail() -> None:
    message = mail(content(summary(verdict=REFUSED), about="no_longer", in_reply_to="<first@jobalerts.example>"))
    assert message["Subject"] == "Changed: Machine Learning Engineer at Kestrel Analytics"
    assert message["In-Reply-To"] == message["References"] == "<first@jobalerts.example>"
    for text in (part(message, "plain"), html_page(message).text):
        assert "no longer matches" in text
        assert "Does not sponsor" in text
        assert "Sent for: ML in California" in text


def test_a_closing_answers_the_first_mail_and_offers_nothing_to_apply_for() -> None:
    message = mail(content(summary(), about="closed", in_reply_to="<first@jobalerts.example>"))
    assert message["Subject"] == "Closed: Machine Learning Engineer at Kestrel Analytics"
    assert message["In-Reply-To"] == message["References"] == "<first@jobalerts.example>"
    for text in (part(message, "plain"), html_page(message).text):
        assert "We told you of this job. It has closed since" in text
        assert "Kestrel Analytics" in text
        assert "Sent for: ML in California" in text
        assert "kestrel.example" not in text
    assert html_page(message).links == [UNSUBSCRIBE, MANAGE]


def test_a_mail_for_many_subscriptions_lists_ten_and_counts_the_rest() -> None:
    message = mail(content(summary(), names=tuple(f"Alert number {number:02}" for number in range(13))))
    for text in (part(message, "plain"), html_page(message).text):
        assert [f"Alert number {number:02}" in text for number in range(13)] == [True] * 10 + [False] * 3
        assert "and 3 more of your alerts" in text
        assert "Unsubscribe from all your alerts by mail" in text


@pytest.mark.parametrize(
    ("template", "link", "subject"),
    [
        ("confirmation", "https://jobalerts.example/confirm?token=TOKEN", "Confirm your job alert: ML in California"),
        ("sign_in", "https://jobalerts.example/manage?token=TOKEN", "Your link to your job alerts"),
    ],
)
def test_letters_have_their_link_and_say_how_long_it_works(template: str, link: str, subject: str) -> None:
    message = mail(letter(template, name="ML in California"))
    assert message["Subject"] == subject
    assert link in part(message, "plain").split()
    assert html_page(message).links == [link]
    for text in (part(message, "plain"), html_page(message).text):
        assert "until 26 November 2026, 09:30 UTC" in text
    assert message["List-Unsubscribe"] is None  # asked for, not a list's


def test_the_same_content_gives_the_same_bytes() -> None:
    for made in (
        content(summary()),
        content(summary(), about="no_longer"),
        content(summary(), about="closed"),
        letter("confirmation"),
        letter("sign_in"),
    ):
        assert raw(made) == raw(made)


HOSTILE: Final = [
    "Engineer\r\nBcc: everyone@example.org\r\n\r\nhello",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }} {% raw %} {{ config }}",
    "</td></tr></table></body></html>",
    "\u202egnp.exe",
    "مهندس تعلم الآلة",
    "👩‍💻🚀" * 20,
    "w" * 300,
    "&amp;&lt;b&gt;",
    "-- \nUnsubscribe: https://evil.example/",
    ".\r\n.",
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_posting_breaks_nothing(value: str) -> None:
    posting = summary(title=value, company=value[:200], excerpt=value)
    _assert_harmless(content(posting, names=(value,)), value)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=200))
def test_whatever_a_posting_says_breaks_nothing(value: str) -> None:
    _assert_harmless(content(summary(title=value, company=value, excerpt=value), names=(value,)), value)


def _assert_harmless(made: dict[str, Any], value: str) -> None:
    message = mail(made)
    assert message.keys() == mail(content(summary())).keys()
    assert message.get_all("To") == ["anna@example.org"]
    page = html_page(message)
    assert page.tags <= PLAIN_TAGS.tags
    assert page.attributes <= PLAIN_TAGS.attributes
    assert set(page.links) == {UNSUBSCRIBE, MANAGE, "https://kestrel.example/jobs/41"}
    shown = "".join(value.replace("\r\n", "\n").replace("\r", "\n").split())
    assert shown in "".join(page.text.split())
    assert shown in "".join(part(message, "plain").split())
    body_lines = part(message, "plain").splitlines()
    assert [line for line in body_lines if line == "-- "] == ["-- "] or "-- \n" in made["posting"]["excerpt"]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,hello", "ftp://kestrel.example/", "//kestrel.example", ""]
)
def test_only_a_web_address_becomes_a_link(url: str) -> None:
    message = mail(content(summary(url=url)))
    assert set(html_page(message).links) == {UNSUBSCRIBE, MANAGE}
    assert "See the job" not in html_page(message).text
    assert "See the job" not in part(message, "plain")


@pytest.mark.parametrize("address", ["", "anna", "anna@example.org\r\nBcc: x@example.org", "a@example.org, b@example.org"])
def test_an_address_that_is_none_is_refused_in_words(address: str) -> None:
    with pytest.raises(BadAddress, match="none that mail can be sent to"):
        raw(content(summary()), to=address)
