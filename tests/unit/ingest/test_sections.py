"""The headed sections of a description: which lines are headings, what they say, and what stands behind them."""

import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.ingest.domain.description import clean
from services.ingest.domain.heading import KINDS, named
from services.ingest.domain.sections import sections


def told(description: str) -> list[tuple[str | None, str, str]]:
    """Of a description as a board sends it, the kind, heading and text of each section."""
    cleaned = clean(description)
    found = sections(cleaned.text, cleaned.html)
    return [(one.kind, one.heading, cleaned.text[one.start : one.end]) for one in found]


def kind_of(heading: str) -> str | None:
    return named(heading).kind


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("About the role", "about"),
        ("ABOUT LODESTAR", "about"),
        ("Who we are", "about"),
        ("Our culture", "about"),
        ("How we’re different", "about"),
        ("How we’re different from a bank", None),
        ("Responsibilities", "responsibilities"),
        ("What you'll do:", "responsibilities"),
        ("What you’ll do", "responsibilities"),
        ('What You"ll Do', "responsibilities"),
        ("As a chart maker, you will:", "responsibilities"),
        ("Some of your tasks and responsibilities include", "responsibilities"),
        ("A day in the life", "responsibilities"),
        ("Basic Qualifications", "requirements"),
        ("2. Requirements", "requirements"),
        ("You may be a good fit if you have:", "requirements"),
        ("Who you are", "requirements"),
        ("About you", "requirements"),
        ("What we're looking for", "requirements"),
        ("Security clearance requirements", "requirements"),
        ("Preferred qualifications", "preferred"),
        ("Nice-to-haves", "preferred"),
        ("Strong candidates may also have", "preferred"),
        ("Additional or Preferred Qualifications", "preferred"),
        ("Bonus points", "preferred"),
        ("Benefits", "benefits"),
        ("Benefits for all full-time stargazers (global)", "benefits"),
        ("What we offer", "benefits"),
        ("Compensation & Benefits", "pay"),
        ("Pay Range", "pay"),
        ("Interview process", "process"),
        ("How to apply", "process"),
        ("Equal Opportunity Employer", "legal"),
        ("Export Control Requirement:", "legal"),
        ("Ihr Profil", "requirements"),
        ("Logistics", None),
        ("Riverton", None),
        ("Experience the river", None),
        ("Where You'll Be", None),
        ("", None),
    ],
)
def test_a_heading_says_its_kind(heading: str, kind: str | None) -> None:
    assert kind_of(heading) == kind


def test_sections_of_html_stand_behind_their_headings() -> None:
    assert told(
        "<p>Lodestar charts stars.</p><h2>About the role</h2><p>You chart. You sail.</p><p><b>Basic Qualifications</b></p>"
        "<ul><li>Python</li><li>Stars</li></ul><p><strong>Where You'll Be</strong>:</p><p>Riverton is our home.</p>"
    ) == [
        ("about", "About the role", "You chart. You sail."),
        ("requirements", "Basic Qualifications", "- Python\n- Stars"),
        (None, "Where You'll Be", "Riverton is our home."),
    ]


def test_sections_of_plain_text_stand_behind_their_headings() -> None:
    assert told(
        "Chart maker\n\nLocation: Riverton\n\n## About us\nLodestar charts stars.\n\nWHAT YOU'LL DO\n* chart\n* sail\n\n"
        "1. Requirements:\nPython\n\nOur favourite rivers\n\n- Nile\n\nTech stack:\nPython and Go, and we like both."
    ) == [
        ("about", "About us", "Lodestar charts stars."),
        ("responsibilities", "WHAT YOU'LL DO", "- chart\n- sail"),
        ("requirements", "Requirements", "Python"),
        (None, "Our favourite rivers", "- Nile"),
        (None, "Tech stack", "Python and Go, and we like both."),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "We chart stars. You need Python.\n\nJoin us.",
        "Location: Riverton\nWe chart stars.",
        "Job family:\n\nEngineering\n\nTravel:\n\nNone",
        "We chart stars.\n\nAda Example",
        "We chart stars.\n\nBenefits",
        "- Requirements\n- Python",
        "- Requirements:\nPython",
        "- Requirements:",
        "- Requirements:\n- Benefits:",
        "- The requirements of our charts:\n- Python",
        "benefits are good\nand so is the pay.",
        "We offer you the best benefits there are.\nTruly.",
        "We have offices in Riverton and Harbourton, and one in:\nSpringfield.",
        "Lodestar | Chart maker | Riverton\n\nWe chart stars.",
        "Salary: $90,000\nWe chart stars.",
        "Riverton\n\nWe chart stars.",
        "https://lodestar.example\n- Python",
        "",
    ],
)
def test_other_lines_are_no_headings(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    "description",
    [
        "<p>We pay <strong>well</strong> and often.</p><p>Really.</p>",
        "<p><strong>This is a contract of six months.</strong></p><p>Really.</p>",
        "<ul><li><h3>Chart the stars</h3></li></ul><p>Really.</p>",
        "<h3>#lodestar</h3><p>Really.</p>",
        "<h3><a href='https://lodestar.example'>Apply on our page</a></h3><p>Really.</p>",
        "<p><strong>Headquarters:</strong> Riverton</p><p>Really.</p>",
        "<h3>The charts that we make are known in all of Riverton and far beyond it, and you would make them with us.</h3><p>Really.</p>",
    ],
)
def test_a_tag_alone_makes_no_heading(description: str) -> None:
    assert told(description) == []


def test_a_heading_with_its_text_in_one_line_is_one_where_it_says_a_kind() -> None:
    assert told(
        "About the team: we are nine people who chart stars and rivers.\n\nMotto: we are nine people who chart stars."
    ) == [
        (
            "about",
            "About the team",
            "we are nine people who chart stars and rivers.\n\nMotto: we are nine people who chart stars.",
        )
    ]


def test_an_item_is_a_heading_where_it_says_a_kind_and_others_follow() -> None:
    assert told("Your background:\n\n- Baseline:\n- Python\n- Extra credit:\n- Stars\n- Rivers") == [
        ("requirements", "Your background", "- Baseline:\n- Python"),
        ("preferred", "Extra credit", "- Stars\n- Rivers"),
    ]


def test_a_heading_with_another_behind_it_has_no_section() -> None:
    assert told("<h3>Requirements</h3><h3>What we expect from you</h3><p>Python, and stars.</p>") == [
        ("requirements", "What we expect from you", "Python, and stars.")
    ]


def test_headings_are_found_in_a_text_without_lines() -> None:
    filler = "We chart stars and rivers for all who sail. " * 25
    found = told(
        f"About Lodestar Lodestar charts. {filler}What You’ll Do Chart stars Sail rivers Preferred Qualifications: Python "
        "for years Benefits • A telescope. Lodestar is an Equal Opportunity Employer. Our Benefits Guide says more."
        "\n\n- Sailing"
    )
    assert [(kind, heading) for kind, heading, _ in found] == [
        ("about", "About Lodestar"),
        ("responsibilities", "What You’ll Do"),
        ("preferred", "Preferred Qualifications"),
        ("benefits", "Benefits"),
    ]
    assert found[1][2] == "Chart stars Sail rivers"
    assert found[-1][2].endswith("says more.")


def test_headings_are_found_in_a_text_that_a_board_has_cut() -> None:
    filler = "We chart stars and rivers for all who sail. " * 6
    text = f"Job: 42 Job Description: Sailor Location: Riverton (Remote) Role Overview {filler}Essential Duties and Responsibilities Chart stars, and sail"
    assert [(kind, heading) for kind, heading, _ in told(f"{text}…")] == [
        ("about", "Role Overview"),
        ("responsibilities", "Essential Duties and Responsibilities"),
    ]
    assert told(f"Our {text}.") == told(f"Role Overview {text[-60:]}…") == []


@pytest.mark.parametrize(
    "text",
    [
        "You meet the Minimum Qualifications Of this role. ",
        "Read about our Benefits Guide. ",
        "See the Job Description Online. ",
        "Cloud Requirements Engineers sail. ",
        "We told you about the role Ada has. ",
    ],
)
def test_words_in_a_sentence_of_such_a_text_are_no_headings(text: str) -> None:
    assert told(text * (1200 // len(text))) == []


PIECES = st.sampled_from(
    [
        "Requirements", "About us", "What you’ll do", "Benefits", "Preferred Qualifications", ":", "\n", "\n\n", "- ", "# ", "**", "1. ",
        "Python", "We chart stars.", " ", "<h3>", "</h3>", "<p>", "<strong>", "</strong>", "$90", "ß", "İ", "About Lodestar Lodestar",
        "We chart stars and rivers for all who sail. " * 25,
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=30).map("".join) | st.text()


@given(TEXTS, TEXTS)
@example("Requirements", "")
@example("\n\n\n", "<h3></h3>")
def test_sections_of_any_text_stand_in_order(text: str, html: str) -> None:
    found = sections(text, html)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(one.end < other.start for one, other in pairwise(found))
    assert all(text[one.start : one.end] == text[one.start : one.end].strip() for one in found)
    assert all(one.heading and one.heading in text[: one.start] for one in found)
    assert all(one.kind is None or one.kind in KINDS for one in found)


@given(TEXTS)
def test_between_a_section_and_the_next_stand_a_heading_and_no_other_words(text: str) -> None:
    cleaned = clean(text).text
    if all(len(line) <= 1000 for line in cleaned.split("\n")):
        found = sections(cleaned)
        for one, other in pairwise(found):
            between = cleaned[one.end : other.start]
            assert all(len(line) <= 100 for line in between.split("\n"))
            assert other.heading in between
        assert not found or cleaned[found[-1].end :].strip() == "" or _is_empty_heading(cleaned[found[-1].end :])


def _is_empty_heading(rest: str) -> bool:
    return all(len(line) <= 100 for line in rest.strip().split("\n"))


@given(TEXTS)
def test_headings_that_plain_text_shows_as_html_are_still_found_there(text: str) -> None:
    cleaned = clean(text)
    with_html = {one.heading for one in sections(cleaned.text, cleaned.html)}
    assert {one.heading for one in sections(cleaned.text) if one.kind} <= with_html


@pytest.mark.parametrize(
    "piece",
    ["Requirements\n", "Requirements:", "About ", "About A A ", "What you'll do ", "Benefits ", "<h3>", "<strong>", "<h3>a", "# ", ":",
     "\n", " ", "A: ", "**a", "1. ", "ABOUT ", "- ", "a\n", "About us: x\n"],
)  # fmt: skip
def test_hostile_texts_take_linear_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    started = time.process_time()
    sections(text, text)
    sections(text.replace("\n", " "), text)
    assert time.process_time() - started < 1
