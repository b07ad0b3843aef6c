"""A mail's bytes: whatever the values are, one header stays one header, and the standard library reads back what was meant."""

import email
import re
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.mail import is_address, mail_bytes, subject

TEXTS = st.text(st.characters(codec="utf-8"), max_size=300)


def parsed(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=default)


def built(*headers: tuple[str, str], text: str = "text", html: str = "<p>html</p>") -> EmailMessage:
    return parsed(mail_bytes(headers, text=text, html=html, boundary="=_b"))


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


@given(TEXTS)
def test_a_subject_is_one_header_whatever_is_in_it(text: str) -> None:
    raw = mail_bytes([("Subject", subject(text)), ("X-Next", "here")], text="", html="", boundary="=_b")
    message = parsed(raw)
    assert message.keys() == ["Subject", "X-Next", "MIME-Version", "Content-Type"]
    assert not message.defects
    shown = re.sub(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+", " ", text)
    assert message["Subject"].split() == shown.split()
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def lines(text: str) -> list[str]:
    """Without the line ends, which SMTP makes CRLF, and without empty lines at the end."""
    return re.split(r"\r\n|\r|\n", text.rstrip("\r\n"))


@pytest.mark.parametrize(
    "text",
    [
        "Engineer\r\nBcc: everyone@example.org",
        "Engineer\nX-Evil: 1",
        "Engineer\r\n\r\n<script>alert(1)</script>",
        "Engineer\0\x0b\x0c\x1c\x85\u2028Bcc: everyone@example.org",
        "=?utf-8?q?Engineer=0D=0ABcc=3A_everyone=40example.org?=",
    ],
)
def test_a_subject_cannot_begin_another_header(text: str) -> None:
    message = built(("Subject", subject(text)))
    assert message.keys() == ["Subject", "MIME-Version", "Content-Type"]
    assert message["Bcc"] is None
    assert "\n" not in message["Subject"]


def test_an_encoded_word_that_a_posting_brings_is_shown_as_it_is() -> None:
    text = "Engineer =?utf-8?q?=F0=9F=9A=80?="
    assert built(("Subject", subject(text)))["Subject"] == text


def test_a_subject_cannot_turn_the_direction_of_what_stands_beside_it() -> None:
    assert built(("Subject", subject("Engineer \u202egnp.exe \u2066x")))["Subject"] == "Engineer gnp.exe x"


def test_right_to_left_text_and_joined_emoji_stay() -> None:
    text = "مهندس تعلم الآلة 👩‍💻 at שלום"
    assert built(("Subject", subject(text)))["Subject"] == text


def test_long_subjects_are_folded_and_no_character_is_torn() -> None:
    for text in ("word " * 100, "🚀" * 300, "é" * 499, "x" * 500):
        folded = subject(text)
        assert built(("Subject", folded))["Subject"].split() == text.split()
        assert all(len(line) <= 76 for line in folded.split("\r\n")) or " " not in text.strip()


@pytest.mark.parametrize(
    "value",
    ["a\r\nBcc: b", "a\nb", "a\rb", "a\0b", "a\x7fb", "é", "a\r\n ", "a\r\n\r\n b", "x" * 999, "a\r\nb"],
    ids=repr,
)
def test_a_header_that_would_be_two_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="X-Header"):
        mail_bytes([("X-Header", value)], text="", html="", boundary="b")


@given(TEXTS, TEXTS)
def test_both_parts_come_back_as_they_were(text: str, html: str) -> None:
    message = built(text=text, html=html)
    assert message.get_content_type() == "multipart/alternative"
    assert [one.get_content_type() for one in message.iter_parts()] == ["text/plain", "text/html"]
    for kind, sent in (("plain", text), ("html", html)):
        assert lines(part(message, kind)) == lines(sent)


@given(TEXTS)
def test_lines_are_short_and_end_in_crlf(text: str) -> None:
    raw = mail_bytes([], text=text, html=text, boundary="=_b")
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert raw.isascii()


def test_a_text_cannot_end_its_part() -> None:
    message = built(text="before\n--=_b--\nafter\n.\nafter the dot\nFrom here")
    assert len(list(message.iter_parts())) == 2
    assert "after the dot" in part(message, "plain")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("anna@example.org", True),
        ("anna+jobs@mail.example.co.uk", True),
        ("o'brien=x@example.org", True),
        ("anna@xn--bcher-kva.example", True),
        ("anna@localhost", True),
        ("", False),
        ("anna", False),
        ("anna@", False),
        ("@example.org", False),
        ("anna@example.org, eve@example.org", False),
        ("anna@example.org\r\nBcc: eve@example.org", False),
        ("anna@example.org>", False),
        ("<anna@example.org>", False),
        ("anna @example.org", False),
        ("ånna@example.org", False),
        ("anna@bücher.example", False),
        ("a@b@example.org", False),
        ("x" * 65 + "@example.org", False),
        ("anna@example.org\n", False),
    ],
)
def test_addresses(text: str, expected: bool) -> None:
    assert is_address(text) is expected
