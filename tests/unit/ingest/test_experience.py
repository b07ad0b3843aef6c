"""The years of experience that titles and texts ask for at least."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.experience import experience_in


def said(text: str, title: str = "Cartographer") -> int | None:
    found = experience_in(title, text)
    return found and found.value


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("3+ years of experience", 3),
        ("Experience: 4 years", 4),
        ("Five-plus years of experience with maps", 5),
        ("You don't need 5+ years of experience.", None),
        ("We do not require 5 years of experience.", None),
        ("You'll join a team with 15 years of experience.", None),
        ("- 5+ years of professional drawing experience\n- Patience", 5),
        ("At least five years of experience in surveying", 5),
        ("2-4 years of experience", 2),
        ("3 to 5 years of experience", 3),
        ("3–5+ years of professional experience", 3),
        ("Minimum 3 yrs experience", 3),
        ("A minimum of 2+ years’ experience in Python", 2),
        ("Min 3 years of surveying experience.", 3),
        ("We need >4 years professional experience.", 4),
        ("Requires two (2) years of experience in the position offered.", 2),
        ("Two or more years of work experience", 2),
        ("0-2 years of relevant experience", 0),
        ("0+ years experience", 0),
        ("No experience required: we teach you.", 0),
        ("No prior experience is necessary.", 0),
        ("5+ years of Kotlin development", 5),
        ("2+ years building production backends", 2),
        ("3+ years in iOS development", 3),
        ("Required: 4+ years technical surveying", 4),
        ("A developer with extensive SQL experience (5+ years)", 5),
        ("Strong engineering background (3+ years or equivalent)", 3),
        ("Over five years of experience designing maps.", 5),
        ("Lodestar | Riverton | 4+ years of experience | Remote", 4),
        ("Years of Experience: 2 - 4 Years Work Experience:", 2),
        ("We're looking for someone with 3 years of experience.", 3),
        ("3+years of experience", 3),
        ("Qualifications\n\nFive years of surveying.\n\nA background check is required.", 5),
        ("Requirements:\n- Patience\n- 4 years in surveying\n- 2 years as a printer", 4),
        ("It takes weeks, not years. - 3+ years of experience", 3),
    ],
)
def test_stated_years_are_read(text: str, years: int) -> None:
    assert said(text) == years


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("- 3+ years of engineering experience\n- 5+ years of Kafka experience", 5),
        ("- 5+ years of experience\n- 2+ years of design experience", 5),
        ("Bachelor's degree and 5 years of experience, or Master's and 3 years of experience.", 5),
        ("High school diploma and 8+ years of experience, or Bachelor's and 4+ years of experience", 8),
        ("- 3+ years of experience\nNice to have:\n- 6+ years of Kafka experience", 3),
        ("5+ years of experience Preferred Qualifications 8+ years of experience with maps", 5),
        ("Preferred Qualifications:\n- 8+ years of experience\n\nMinimum Qualifications:\n- 2+ years of experience", 2),
        ("4+ years of experience. 7+ years preferred.", 4),
        ("- 2+ years of experience\n- 5+ years of experience – you have seen storms. (preferred)\n- Patience", 2),
        ("- 5+ years of experience in storms, of all kinds (preferred)\n- Patience. (preferred)", None),
        ("- 5+ years of experience, with storms\n- Patience. (preferred)", 5),
        ("2+ years of experience Preferred/Additional Qualifications 8+ years of experience", 2),
        ("3+ years of experience, ideally at scale", 3),
        ("Engineers with 2-4 years of experience\n\n- Frontend Engineer: React\n- Backend Engineer: Go", 2),
        ("No experience required, but 2+ years of experience for the senior level.", 2),
    ],
)
def test_of_several_demands_it_is_the_longest_and_wishes_do_not_count(text: str, years: int | None) -> None:
    assert said(text) == years


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We bring over 20 years of experience to every map.",
        "Our team has 15+ years of combined experience.",
        "We have been in business for 10 years.",
        "10 years in business, with experience in every state.",
        "You are 18 years or older.",
        "Must be 18 years of age or older, with experience.",
        "Worked with Go within the last 2 years.",
        "A 2-year program that gives you experience.",
        "A 2-year contract with an experienced team.",
        "401k after 1 year.",
        "A 4-year degree and some experience.",
        "We are a 3 year old company with an experienced team.",
        "Salary: 90,000 USD per year, depending on experience.",
        "A vesting schedule of 4 years.",
        "The world has changed in the last 10 years.",
        "We grew tenfold in 3 years.",
        "Someone with up to 5 years of experience.",
        "No experience in biology needed.",
        "5+ years of experience preferred",
        "Ideally 2+ years of experience with NLP",
        "Bonus points for 2+ years of experience with maps",
        "Preferred that the candidate has 1-5 years of experience",
        "Additional or preferred qualifications: 4+ years of experience",
        "If you have 10 years of Node.js experience, we think you joke.",
        "A long stay (hopefully at least two years) in the mountains.",
        "Engagements typically last 1-2 years.",
        "Graduating in June, or already graduated with 1 - 2 years of relevant experience.",
        "- Senior Engineer: 6+ years of experience\n- Engineer: 3+ years of experience",
        "- PM (mid to senior, 5+ years exp)",
        "Our co-founders have over ten years of experience with C++.",
        "A background check every two years.",
        "I am a manager with almost 10 years of experience.",
        "99 years of experience",
        "About us\nFive years of growth behind us.",
        "Five years of surveying.",
        "Qualifications\nWe give you five years of peace.",
        "Requirements\nPatience\nBenefits\nFour years of free coffee.",
        "Preferred Qualifications\nFive years of surveying.",
        "Qualifications\n5 years of age.",
    ],
)
def test_what_asks_for_no_years_says_nothing(text: str) -> None:
    assert said(text) is None


@pytest.mark.parametrize(
    ("title", "text", "years"),
    [
        ("Cartographer (3+ years of experience)", "5+ years of experience", 3),
        ("Cartographer, 2-4 years experience", "", 2),
        ("Cartographer, 2 year contract", "", None),
        ("Lodestar | Frontend Engineer, Backend Engineer", "Frontend: 5+ years of experience", None),
        ("Lodestar | Frontend Engineer, Backend Engineer", "5+ years of React experience\n3+ years of Go experience", None),
        ("Lodestar | Frontend Engineer, Backend Engineer", "4+ years of React experience\n4+ years of Go experience", 4),
        ("Lodestar | Multiple positions", "4+ years of experience", None),
        ("Pilot Engineer & Chart Tester", "I need a tester with 3+ years of experience.", None),
        ("Chart Developer, Chart Tester", "Developer:\n- Patience\n\n- At least 5 years of experience", None),
        ("Chart Developer, Chart Tester", "Requirements:\n- At least 5 years of experience", 5),
        ("Chart Developer", "Developer:\n- At least 5 years of experience", 5),
        ("Chart Developer, Developer Days", "We need a developer with 3+ years of experience.", 3),
        ("Chart Engineer/Analyst", "We need an engineer with 3+ years of experience.", 3),
        ("Multiple positions", "Surveyor: at sea. 4+ years of experience", None),
        ("Various roles", "4+ years of experience\n4 years of experience", 4),
        ("Cartographer", "We hire for the following on-site positions:\n- Surveyor, 4+ years of experience", None),
        ("Lodestar | Engineer/Developer", "4+ years of experience", 4),
    ],
)
def test_titles_say_it_first_and_how_many_jobs_there_are(title: str, text: str, years: int | None) -> None:
    assert said(text, title) == years


def test_a_list_that_is_given_again_is_what_is_required() -> None:
    required = "- 3+ years of experience with star charts - Experience with at least one telescope"
    text = f"We chart stars. {required} - 6+ years of experience with ink We are a fair employer.\n\n{required}"
    assert said(text) == 3


def test_offsets_hold_the_words_that_say_it() -> None:
    text = "You have at least 3 years of experience."
    found = experience_in("Cartographer", text)
    assert found
    assert (found.where, text[found.start : found.end]) == ("text", "at least 3 years")
    text = "It takes weeks, not years. - 3+ years of experience"
    found = experience_in("Cartographer", text)
    assert found
    assert text[found.start : found.end] == "3+ years"
    found = experience_in("Cartographer (2+ years of experience)", text)
    assert found
    assert (found.where, "Cartographer (2+ years of experience)"[found.start : found.end]) == ("title", "2+ years")


WORDS = st.lists(
    st.sampled_from(
        [
            "at",
            "least",
            "3",
            "3+",
            "0",
            "5-7",
            "five",
            "years",
            "yrs",
            "year",
            "of",
            "experience",
            "no",
            "required",
            "preferred",
            "Engineer",
            "Preferred",
            "Qualifications",
            ":",
            ";",
            ".",
            ",",
            "(",
            ")",
            "/",
            "-",
            "|",
            "+",
            "İ",
            "\n",
            "x",
            "over",
            "our",
        ]
    )
)


@given(WORDS.map(" ".join) | st.text(), WORDS.map(" ".join) | st.text())
def test_any_text_is_read_within_bounds(title: str, text: str) -> None:
    if found := experience_in(title, text):
        assert 0 <= found.value <= 25
        assert 0 <= found.start < found.end <= len(title if found.where == "title" else text)


@pytest.mark.parametrize(
    "piece",
    [
        " ",
        "\n",
        "3 years ",
        "3+ years of experience preferred ",
        "- Engineer: 3 years of experience\n",
        "- Engineer\n",
        "no experience ",
        "3-3-",
        "Preferred Qualifications 3+ years of experience ",
        "nice to have:\n",
        "Ideal candidate",
        "3 (3) ",
        "- a a a ",
    ],
)
def test_hostile_texts_take_linear_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    started = time.process_time()
    experience_in(text, text)
    assert time.process_time() - started < 1
