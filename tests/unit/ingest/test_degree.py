"""The least degree that a text asks for."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.degree import degree_in


def said(text: str) -> str | None:
    found = degree_in(text)
    return found and found.value


@pytest.mark.parametrize(
    ("text", "degree"),
    [
        ("Bachelor's degree in Astronomy or a related field.", "bachelor"),
        ("- Bachelor's degree or foreign equivalent in Computer Science\n- 3+ years of Java", "bachelor"),
        ("- Bachelor’s degree or equivalent\n- Experience with telescopes", "bachelor"),
        ("Requirements: Bachelors in any field of engineering", "bachelor"),
        ("You hold a bachelor or higher in physics.", "bachelor"),
        ("BS/MS/PhD in Optics", "bachelor"),
        ("B.S. or M.S. in Electrical Engineering", "bachelor"),
        ("BA/BS in Cartography", "bachelor"),
        ("- BSc in IT, Mathematics or Physics", "bachelor"),
        ("A minimum of a B.S. in Computer Science", "bachelor"),
        ("Bachelor's, Master's or PhD degree in Geodesy", "bachelor"),
        ("A four-year degree in a technical subject is needed.", "bachelor"),
        ("- A university degree in Computer Science, or equivalent", "bachelor"),
        ("Master's or PhD in Statistics", "master"),
        ("Requires a Master's degree in Engineering.", "master"),
        ("We look for at least an MS in data science.", "master"),
        ("MS degree in Optics", "master"),
        ("An advanced degree in mathematics is required.", "master"),
        ("PhD in databases", "doctorate"),
        ("Our office is in İzmir.\nMaster's Degree in Geodesy required.", "master"),
        ("What we need to see: Ph.D. in Robotics", "doctorate"),
        ("Doctoral degree in chemistry required", "doctorate"),
        ("Associate's degree in Drafting", "associate"),
        ("A two-year degree or better", "associate"),
        ("High school diploma or GED", "none"),
    ],
)
def test_the_least_that_will_do_is_read(text: str, degree: str) -> None:
    assert said(text) == degree


@pytest.mark.parametrize(
    ("text", "degree"),
    [
        ("Bachelor's degree and 5 years, or Master's and 3 years, or PhD.", "bachelor"),
        ("Master's degree and 1 year OR Bachelor's degree and 4 years of experience.", "bachelor"),
        ("3 years of experience with a Master's degree or 5 years with a Bachelor's degree.", "bachelor"),
        ("Bachelor's degree in CS and 2+ years of Software Engineering or related work experience.", "bachelor"),
        ("- Bachelor's degree and 4 years. OR Master's degree and 2 years. OR PhD in Optics.", "bachelor"),
        ("BS required, MS preferred", "bachelor"),
        ("Bachelor's degree required; Master's a plus", "bachelor"),
        ("BS or MS in Optics (or a related field). A PhD is strongly preferred.", "bachelor"),
        ("Bachelor's degree, preferably in Computer Science", "bachelor"),
        ("Bachelor's degree (Computer Science preferred)", "bachelor"),
        ("Currently pursuing a Bachelor's degree in Geology", "bachelor"),
        ("Enrolled in a Bachelor's or Master's degree program", "bachelor"),
        ("A student pursuing a PhD in Physics", "doctorate"),
        ("Minimum qualifications\nMaster's degree in Optics\n\nPreferred qualifications\nPhD in Optics", "master"),
        ("Qualifications: Master's degree Preferred Qualifications: Bachelor's degree in Art", "master"),
    ],
)
def test_of_alternatives_it_is_the_least_and_wishes_do_not_count(text: str, degree: str) -> None:
    assert said(text) == degree


@pytest.mark.parametrize(
    "text",
    [
        "Bachelor's degree or equivalent practical experience",
        "Bachelor's degree in CS (or equivalent experience).",
        "BS, MS or PhD in Geology, Optics, etc. (or equivalent experience)",
        "Bachelor's degree in CS AND 2+ years coding in C, C++, or Java OR equivalent experience.",
        "Bachelor's degree with 5 years; or Master's degree with 3 years; or equivalent work experience.",
        "1+ years and a Bachelor's degree OR any equivalent combination of education and experience.",
        "Bachelor’s degree in Information Technology and/or relevant experience",
        "Bachelor's degree or 4+ years of experience",
        "Bachelor's degree in Optics, drawing in ink or chalk. OR equivalent experience.",
        "Bachelor's degree in Optics or prior relevant engineering experiences",
        "Master's degree and 1 year, or Bachelor's degree and 3 years, or equivalent experience",
        "A degree in Cartography or equivalent experience",
        "Experience with search in production or a MS/PhD in a related field.",
        "A university degree in Cartography or show us a map you drew.",
        "We will also consider experience in lieu of a degree.",
        "You don't need a degree, only curiosity.",
        "No degree required.",
        "- A college degree is not required",
        "We do not care about your academic degrees.",
        "High school diploma and 4 years, or Bachelor's degree and 2 years of experience",
    ],
)
def test_where_something_else_will_do_none_is_needed(text: str) -> None:
    assert said(text) == "none"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PhD preferred",
        "A Master's degree is a plus.",
        "Ideally you have a PhD in Optics.",
        "Nice to have:\n- Master's degree in Optics\n- Kafka",
        "NICE TO HAVE\n\nMaster's degree in Optics",
        "Writes Java well Preferred Qualifications Master's degree in Optics",
        "Java Ways to stand out from the crowd: PhD in Optics",
        "Desired Experience:\n\nBS/MS in Optics",
        "For research scientists, we like to see a PhD in Optics.",
        "A degree in physics.",
        "You own the master data of our scrum master in MS Office.",
        "We use MS SQL Server, and answer in 10 ms in the cloud.",
        "Lodestar | Boston, MA | Engineer",
        "Lodestar | BS or not | Engineer",
        "Our BA works with product owners.",
        "The bachelor party planner of your dreams.",
        "PhD students are among our users.",
        "We are a team of PhDs, masters, bachelors and dropouts.",
        "Our founders have a PhD in physics.",
        "Our CTO did his Ph.D. in compilers.",
        "The algorithms are PhD-level research.",
        "- Deep Learning Intern PhD\n- Web Developer",
        "Three quarters of the country doesn't have a college degree.",
        "We reimburse tuition for a Master's degree in your field.",
        "A high degree of ownership, and a degree of doubt.",
        "We offer to supervise a Master's thesis.",
        "I have a MS in Biology and look for work.",
        "You mentor interns during their PhD programs in Optics.",
        "- Bachelor's degree or equivalent experience\n- Bachelor's degree in Optics",
        "Preferred/Additional Qualifications Master's degree in Optics",
    ],
)
def test_what_asks_for_no_degree_says_nothing(text: str) -> None:
    assert said(text) is None


def test_a_list_that_is_given_again_is_what_is_required() -> None:
    required = "- 3+ years of drawing star charts by hand - Experience with at least one telescope"
    text = f"We chart stars. {required} - Bachelor's degree in astronomy or equivalent We are a fair employer.\n\n{required}"
    assert said(text) is None
    assert said(text.replace(f"\n\n{required}", "")) == "bachelor"


def test_offsets_hold_the_words_that_say_it() -> None:
    text = "Master's degree and 1 year, or a Bachelor's degree and 3 years."
    found = degree_in(text)
    assert found
    assert text[found.start : found.end] == "Bachelor's"
    text = "You have a BS in Optics or equivalent experience."
    found = degree_in(text)
    assert found
    assert text[found.start : found.end] == "BS in Optics or equivalent experience"


WORDS = st.lists(
    st.sampled_from(
        [
            "Bachelor's",
            "Master's",
            "PhD",
            "BS",
            "MS",
            "degree",
            "in",
            "or",
            "and",
            "equivalent",
            "experience",
            "preferred",
            "required",
            "no",
            "5",
            "years",
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
            "İ",
            "\n",
            "x",
            "etc.",
            "high",
            "school",
            "diploma",
        ]
    )
)


@given(WORDS.map(" ".join) | st.text())
def test_any_text_is_read_within_bounds(text: str) -> None:
    if found := degree_in(text):
        assert 0 <= found.start < found.end <= len(text)


@pytest.mark.parametrize(
    "piece",
    [
        " ",
        "\n",
        "Bachelor's ",
        "BS/",
        "BS, ",
        "BS or equivalent ",
        "degree in ",
        "a a a a degree ",
        "Preferred Qualifications ",
        "preferred\n",
        "- nice to have\n",
        "PhD (",
        "or equivalent in a in a in a ",
        "experience or a PhD ",
    ],
)
def test_hostile_texts_take_linear_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    started = time.process_time()
    degree_in(text)
    assert time.process_time() - started < 1
