"""Descriptions of any quality become safe HTML and clean text."""

import html.parser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.ingest.domain.characters import fold
from services.ingest.domain.description import EXCERPT, clean, excerpt
from services.ingest.domain.markup import ALLOWED, TooManyTags


class Tags(html.parser.HTMLParser):
    """Collects the tags and attributes of a document."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(attrs)

    def handle_comment(self, _: str) -> None:
        self.tags.add("!--")


@pytest.mark.parametrize(
    ("description", "shown", "text"),
    [
        ("Hello", "<p>Hello</p>", "Hello"),
        ("One\r\ntwo\r\n\r\nthree", "<p>One<br>two</p><p>three</p>", "One\ntwo\n\nthree"),
        (
            "Needs:\n\n• Python\n* SQL\n– Go",
            "<p>Needs:</p><ul><li>Python</li><li>SQL</li><li>Go</li></ul>",
            "Needs:\n\n- Python\n- SQL\n- Go",
        ),
        (
            "Lodestar charts.\nRequirements:\nPython\nStars\n\nBenefits",
            "<p>Lodestar charts.</p><h3>Requirements:</h3><p>Python<br>Stars</p><p>Benefits</p>",
            "Lodestar charts.\n\nRequirements:\n\nPython\nStars\n\nBenefits",
        ),
        ("<ul><li><h3>one</h3></li><li>two</li></ul>", "<ul><li><h3>one</h3></li><li>two</li></ul>", "- one\n\n- two"),
        ("a  \t b\u00a0c", "<p>a b c</p>", "a b c"),
        ("-----\nx", "<p>x</p>", "x"),
        (
            "R&D at AT&T, vector<int>, a < b",
            "<p>R&amp;D at AT&amp;T, vector&lt;int&gt;, a &lt; b</p>",
            "R&D at AT&T, vector<int>, a < b",
        ),
        ("R&amp;D\nlab", "<p>R&amp;D<br>lab</p>", "R&D\nlab"),
        ("<p>We&nbsp;<b>hire</b>.</p>\n<p>Now</p>", "<p>We <strong>hire</strong>.</p><p>Now</p>", "We hire.\n\nNow"),
        ("<ul><li><p>one</p></li><li>two</li></ul>", "<ul><li><p>one</p></li><li>two</li></ul>", "- one\n\n- two"),
        ("<div>a</div><div>b</div>", "<div>a</div><div>b</div>", "a\nb"),
        ("<p>a<br/>b</p>", "<p>a<br>b</p>", "a\nb"),
        ("<h1>T</h1><h5>u</h5>x", "<h3>T</h3><h4>u</h4>x", "T\n\nu\n\nx"),
        ("&lt;p&gt;Hi &amp;amp; you&lt;/p&gt;", "<p>Hi &amp; you</p>", "Hi & you"),
        ("&amp;lt;p&amp;gt;twice&amp;lt;/p&amp;gt;", "<p>twice</p>", "twice"),
        ("<p>write &lt;b&gt; for bold</p>", "<p>write &lt;b&gt; for bold</p>", "write <b> for bold"),
        ("<b>Needs</b>\nPython\nSQL", "<strong>Needs</strong><br>Python<br>SQL", "Needs\nPython\nSQL"),
        ("<pre>a\n  b\n\nc</pre>", "<div>a<br>b<br><br>c</div>", "a\nb\n\nc"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "<div><div>a b</div><div>c</div></div>", "a b\nc"),
        ("<p>x</p><p>&nbsp;</p><p> </p><div></div>", "<p>x</p>", "x"),
        ("a<p></p>b <b> </b>c", "a<p></p>b c", "a\n\nb c"),
        ("<span>a</span><span>b</span>", "<p>ab</p>", "ab"),
        ("<p>a<script>alert(1)</script><style>p{}</style>b</p>", "<p>ab</p>", "ab"),
        ("<script>alert(1)", "", ""),
        ("a<!-- secret -->b", "<p>ab</p>", "ab"),
        ("<p onclick='x()' style='y'>a</p>", "<p>a</p>", "a"),
        ("<img src=x onerror=alert(1)>hi", "<p>hi</p>", "hi"),
        ("<svg/onload=alert(1)><text>a</text></svg>b", "<p>b</p>", "b"),
        ("<a href='javascript:x'>l</a>", '<p><a rel="nofollow noopener noreferrer">l</a></p>', "l"),
        (
            "<a href='https://x.y/?a=1&b=2' target=_top>m</a>",
            '<p><a href="https://x.y/?a=1&amp;b=2" rel="nofollow noopener noreferrer">m</a></p>',
            "m",
        ),
        ("<p>unclosed <b>bold", "<p>unclosed <strong>bold</strong></p>", "unclosed bold"),
        ("<p><button><p>x", "<p>x</p>", "x"),
        ("<plaintext><p>x</p>", "<p>x</p>", "x"),
        ("<p>engi\u00adneer\u200b &#1; &#xD800;</p>", "<p>engineer \ufffd</p>", "engineer \ufffd"),
        ("write to <jobs@example.com>", "<p>write to &lt;jobs@example.com&gt;</p>", "write to <jobs@example.com>"),
        ("", "", ""),
    ],
)
def test_description_is_cleaned(description: str, shown: str, text: str) -> None:
    cleaned = clean(description)
    assert (cleaned.html, cleaned.text) == (shown, text)


NAMES = sorted({"script", "style", "svg", "math", "table", "td", "span", "b", "font", "button", "select", "option", "form", "h1", "pre",
                "iframe", "title", "plaintext", "template", "noscript", "textarea", "img", "body", "nobr", "object", "x-y", *ALLOWED})  # fmt: skip
pieces = st.one_of(
    st.sampled_from(NAMES).map(lambda name: f"<{name}>"),
    st.sampled_from(NAMES).map(lambda name: f"</{name}>"),
    st.sampled_from(NAMES).map(lambda name: f"<{name} onclick=\"alert(1)\" style='x' href=javascript:alert(1)>"),
    st.sampled_from(
        [
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<?x",
            "&lt;",
            "&gt;",
            "&amp;",
            "&nbsp;",
            "&#0;",
            "&#xD800;",
            "&quot",
            "<",
            ">",
            "'",
            '"',
            "\n",
            "\r\n",
            "\n\n",
            " ",
            "- ",
            "* ",
            "•",
            "---",
            "\u00ad",
            "\x01",
            "</",
            "<a href='https://x.y'>",
            "Requirements",
            "About us:",
            "# ",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)
descriptions = st.lists(pieces, max_size=25).map("".join)


@given(descriptions)
@example("<p><button><p>x")
@example("<li><button><li><h3><p><h3>x</b></p>")
def test_cleaned_html_has_allowed_tags_only(description: str) -> None:
    seen = Tags(clean(description).html)
    assert seen.tags <= ALLOWED
    assert {name for name, _ in seen.attributes} <= {"href", "rel"}
    assert all(value == "https://x.y" for name, value in seen.attributes if name == "href")


@given(descriptions)
def test_cleaning_again_changes_nothing(description: str) -> None:
    once = clean(description)
    assert clean(once.html) == once


@given(descriptions)
def test_text_is_clean_lines(description: str) -> None:
    text = clean(description).text
    assert text == text.strip()
    assert "\n\n\n" not in text
    for line in text.split("\n"):
        assert line == fold(line)


@given(
    st.text("ab -*•\n\t.", max_size=60)
    | st.lists(st.sampled_from(["Requirements", "About us:", "- ", "# ", "1. ", "Python", "\n", "\n\n", " "])).map("".join)
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    once = clean(text)
    assert clean(once.text) == once


@given(st.lists(st.sampled_from(NAMES), max_size=10), st.text("abc", min_size=1))
def test_script_is_gone_from_text(names: list[str], word: str) -> None:
    wrapped = "".join(f"<{name}>" for name in names)
    assert "alert" not in clean(f"{wrapped}<p>{word}</p><script>alert(1)</script>").text


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=800))
def test_excerpt_is_a_line_of_bounded_length(text: str) -> None:
    short = excerpt(clean(text).text)
    assert len(short) <= EXCERPT
    assert "\n" not in short


def test_excerpt_ends_with_a_sentence() -> None:
    text = "We build robots. " * 30
    assert excerpt(text).endswith("robots.")
    assert EXCERPT - 20 < len(excerpt(text)) <= EXCERPT


def test_excerpt_of_a_long_sentence_ends_with_a_word() -> None:
    assert excerpt("word, " * 100) == ("word, " * 46).rstrip(" ,") + "…"
    assert len(excerpt("x" * 1000)) == EXCERPT


def test_short_text_is_its_own_excerpt() -> None:
    assert excerpt("One.\n\n- two") == "One. - two"


@pytest.mark.parametrize(
    "hostile",
    [
        "<div>" * 5000,
        "<ul><li>" * 2500,
        "".join(f"<b x={number}>" for number in range(2500)) + "<p>x" * 2500,
        "".join(f"<b x={number}'></p>" for number in range(5000)),
        "<a " * 5000,
        "<a '" * 5000,
        "<b \"'" * 5000,
        "&lt;" * 25_000,
        " " * 100_000,
        "- " * 50_000,
        "\n" * 100_000,
        "<!--" * 5000,
    ],
)
@pytest.mark.timeout(60)  # what takes milliseconds, and minutes where each part looks at all the others
def test_hostile_description_is_bounded_in_what_it_takes_and_makes(hostile: str) -> None:
    try:
        cleaned = clean(hostile)
    except TooManyTags:
        return
    assert len(cleaned.html) < 1_000_000


def test_too_many_tags_are_refused() -> None:
    with pytest.raises(TooManyTags):
        clean("<p>" * 5001)
