"""How senior a job is: what fields, titles and texts say of it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.ranks import RANKS, expressions, of_fields
from services.ingest.domain.seniority import seniority_in, seniority_of


@pytest.mark.parametrize(
    ("words", "rank"),
    [
        ("Entry level", "entry"),
        ("ENTRY_LEVEL", "entry"),
        ("EntryLevel", "entry"),
        ("entry-level", "entry"),
        ("Junior", "entry"),
        ("Associate", "entry"),
        ("Entry level / Junior", "entry"),
        ("Graduate", "entry"),
        ("Internship", "intern"),
        ("INTERN", "intern"),
        ("mid_level", "mid"),
        ("Intermediate", "mid"),
        ("Senior", "senior"),
        ("Senior level", "senior"),
        ("Sr.", "senior"),
        ("Staff", "staff"),
        ("Principal", "staff"),
        ("Manager", "manager"),
        ("Senior Manager", "manager"),
        ("Director", "director"),
        ("Associate Director", "director"),
        ("Executive", "executive"),
        ("senior_executive", "executive"),
        ("VP", "executive"),
        ("C-Level", "executive"),
        ("Mid-Senior level", None),
        ("Mid to Senior", None),
        ("Entry level, Mid level", None),
        ("Senior Associate", None),
        ("Not Applicable", None),
        ("Non-Manager", None),
        ("No seniority", None),
        ("Experienced", None),
        ("Band 7", None),
        ("", None),
    ],
)
def test_fields_are_read_in_the_sources_words(words: str, rank: str | None) -> None:
    assert seniority_of(words) == rank


TITLES = [
    ("Senior Frontend Engineer, Senior Backend Engineer", "senior", "Senior"),
    ("Senior Engineer, Search", "senior", "Senior"),
    ("Senior Engineer (Search, Ads)", "senior", "Senior"),
    ("Senior Data/ML Engineer (Python)", "senior", "Senior"),
    ("Software Engineer (Charts), Senior", "senior", "Senior"),
    ("Software Engineer, Lead", "staff", "Lead"),
    ("Product Design, Manager", "manager", "Manager"),
    ("Payments, Engineering Manager", "manager", "Engineering Manager"),
    ("Country Lead, Star Charts", "staff", "Country Lead"),
    ("Engineer, Charts and Maps - New College Grad 2031", "entry", "New College Grad"),
    ("Research and Development Internships", "intern", "Internships"),
    ("Student/Intern (m/f/d)", "intern", "Intern"),
    ("Product Manager, Intern", "intern", "Intern"),
    ("Software Engineer, Staff (AI/ML)", "staff", "Staff"),
    ("Associate, Software Engineer", "entry", "Associate"),
    ("Software Engineer, Internship", "intern", "Internship"),
    ("Senior Software Engineer", "senior", "Senior"),
    ("Sr. Developer", "senior", "Sr"),
    ("SNR DATA ANALYST", "senior", "SNR"),
    ("Software Engineer, Senior", "senior", "Senior"),
    ("Senior Product Manager", "senior", "Senior"),
    ("Senior Member of Technical Staff", "senior", "Senior"),
    ("Mid-level Developer", "mid", "Mid-level"),
    ("Middle Python Developer", "mid", "Middle"),
    ("Intermediate Designer", "mid", "Intermediate"),
    ("Software Engineer II", "mid", "II"),
    ("SDE 2, Payments", "mid", "2"),
    ("Engineer Level II", "mid", "II"),
    ("Data Engineer I, Sales Data", "entry", "I"),
    ("Process Engineer 1", "entry", "1"),
    ("Process Engineer I, New Grad", "entry", "New Grad"),
    ("New Grad Software Engineer", "entry", "New Grad"),
    ("Engineer - New College Graduate 2031", "entry", "New College Graduate"),
    ("Engineer (NCG)", "entry", "NCG"),
    ("2031 University Graduate - Engineer", "entry", "University Graduate"),
    ("Graduate Floor Trader", "entry", "Graduate"),
    ("Jr. Developer", "entry", "Jr."),
    ("Entry-Level Analyst", "entry", "Entry-Level"),
    ("Engineer, Early Career", "entry", "Early Career"),
    ("Apprentice Technician", "entry", "Apprentice"),
    ("Associate Software Engineer", "entry", "Associate"),
    ("Data Engineer - Risk - Associate", "entry", "Associate"),
    ("Staff Software Engineer", "staff", "Staff"),
    ("Senior Staff Engineer", "staff", "Senior Staff"),
    ("Software Engineer, Staff", "staff", "Staff"),
    ("Principal Product Manager", "staff", "Principal"),
    ("Distinguished Engineer", "staff", "Distinguished"),
    ("Lead Data Engineer", "staff", "Lead"),
    ("Tech Lead", "staff", "Tech Lead"),
    ("Team Lead - Frontend", "staff", "Team Lead"),
    ("Engineering Manager", "manager", "Engineering Manager"),
    ("Senior Engineering Manager", "manager", "Senior Engineering Manager"),
    ("Manager, Data Science", "manager", "Manager"),
    ("Store Manager", "manager", "Store Manager"),
    ("Director of Engineering", "director", "Director"),
    ("Associate Director, Data", "director", "Associate Director"),
    ("Senior Director of Product", "director", "Senior Director"),
    ("Head of Growth", "director", "Head of"),
    ("VP of Engineering", "executive", "VP"),
    ("Senior Vice President, Sales", "executive", "Senior Vice President"),
    ("Chief Technology Officer", "executive", "Chief Technology Officer"),
    ("CTO", "executive", "CTO"),
    ("Software Engineering Intern", "intern", "Intern"),
    ("Data Science Internship", "intern", "Internship"),
    ("Junior Developer Co-op", "intern", "Co-op"),
    ("Data Engineer/Analyst Intern", "intern", "Intern"),
    ("Developer Co-op/Intern", "intern", "Co-op"),
    ("Werkstudent IT", "intern", "Werkstudent"),
    ("Acme | Senior Engineer | Riverton | Full-time", "senior", "Senior"),
    ("Acme | Senior iOS / Android Engineer | Remote", "senior", "Senior"),
    ("Acme | CTO | Riverton | ONSITE", "executive", "CTO"),
]
SILENT = [
    "Software Engineer",
    "Software Engineer III",
    "Software Engineer II/III",
    "Engineer I - III",
    "Engineer (2 openings)",
    "Engineer 2 years",
    "Product Manager",
    "Account Manager",
    "Program Manager",
    "Senior Living Advisor",
    "Senior Care Companion",
    "Lead Generation Specialist",
    "Staff Accountant",
    "Staff Nurse",
    "Member of Technical Staff",
    "Chief of Staff",
    "Executive Assistant",
    "Executive Assistant to the CEO",
    "Assistant to the Director",
    "Assistant Director of Nursing",
    "Art Director",
    "Internal Auditor",
    "Internships Program Manager",
    "International Sales Representative",
    "Campus Recruiter, Early Careers",
    "New Grad Recruiter",
    "Graduate Admissions Counselor",
    "Undergraduate Advisor",
    "Associate Professor",
    "Senior Associate, Audit",
    "Account Executive, Mid-Market",
    "Software Engineer, VP",
    "Engineer - Director - P4",
    "Mid-Senior Engineer",
    "Mid to Senior Engineer",
    "Mid. or Sr. Engineer",
    "Senior or Lead Engineer",
    "Lead/Senior Developer",
    "Junior & Senior Developers",
    "Acme | Senior and mid-weight Developers",
    "(Senior) Engineer",
    "Tech Lead / Backend Engineer",
    "Senior Backend Engineers, Data Scientist",
    "Product Engineer, Senior UX Designer",
    "Sr. BE Engineer + FE Engineer + Risk Analyst",
    "Engineering Managers, Software Engineers",
    "Lead Engineer & Designer",
    "Ops, QA Lead",
    "Engineers, Tech Leads, Ops, Design Lead",
    "Android Engineer, QA Lead, and Product Owner",
    "Team Lead (Charts), Team Lead (Maps), Architect (Core)",
    "Senior Engineer, Software Engineer (Charts), Sr. Product Manager",
    "Software Engineer (Charts), Senior Ruby Engineer",
    "Senior Engineer (Charts) & Account Executive",
    "Senior Full-Stack Engineer / FE Engineer (React)",
    "Senior Frontend, Senior Backend, Graphics Engineer",
    "Sr. Software Engineer + other",
    "Engineer or INTERN in Fall '31",
    "Full-time and Internship Roles",
    "Engineering Managers, Engineers, Engineering Interns",
    "Web Developer and Data Engineering internships",
    "Programmers, plus helpers (admins, product, interns)",
    "Fullstack Engineer or Summer/Fall Interns",
    "Software Engineer (Interns + Graduates + Experienced)",
    "Frontend developers, Interns (paid)",
    "Acme | Senior Engineer, Data Scientist | Riverton",
    "Acme | Senior Engineer and more | Riverton",
    "Acme | Senior Engineer, Engineering Manager | Riverton",
    "Hardware Engineer / Intern",
    "Acme | Full-time and INTERNS | Riverton",
    "Acme | Software Engineers, Interns | Riverton",
    "Acme | Riverton | Full time (sorry no interns)",
    "Acme | https://acme.example/senior-engineer",
    "Engineers (all levels), Senior Designer",
    "Engineer, reporting to the Director",
    "We were founded by a senior director of a bank, and now " + "we build tools " * 8,
    "",
]


@pytest.mark.parametrize(("title", "rank", "words"), TITLES)
def test_titles_are_read(title: str, rank: str, words: str) -> None:
    found = seniority_in(title, "")
    assert found is not None
    assert (found.value, title[found.start : found.end], found.where) == (rank, words, "title")


@pytest.mark.parametrize("title", SILENT)
def test_a_title_that_is_not_clear_says_nothing(title: str) -> None:
    assert seniority_in(title, "") is None


@pytest.mark.parametrize(
    ("text", "rank"),
    [
        ("About the job\nSeniority level: Entry level\nLocation: Riverton", "entry"),
        ("Experience level: Senior", "senior"),
        ("Employee Type: New College Grad", "entry"),
        ("This is an entry-level role.", "entry"),
        ("This is a senior position in our office.", "senior"),
        ("This role is entry-level.", "entry"),
        ("We are looking for a recent graduate to join us.", "entry"),
        ("Lodestar is seeking an early-career engineer.", "entry"),
        ("This role is designed for early-career engineers.", "entry"),
        ("It is ideal for new college graduates.", "entry"),
        ("As a Senior Engineer at Lodestar, you'll chart stars.", "senior"),
        ("As a Software Engineer II, you will chart stars.", "mid"),
        ("This is a senior position. Seniority level: Entry", None),
        ("Seniority level: Mid-Senior level", None),
        ("We have a mix of experience levels.", None),
        ("You mentor junior engineers and work with senior ones.", None),
        ("This is not an entry-level job.", None),
        ("We seek entry-level and senior people.", None),
        ("We are looking for an entry-level or senior engineer.", None),
        ("Sorry, no new grads.", None),
        ("Interns and recent graduates get a mentor.", None),
        ("Our senior leadership team is small.", None),
        ("Working as a senior engineer taught me much.", None),
        ("", None),
    ],
)
def test_a_text_is_believed_only_where_it_speaks_of_this_job(text: str, rank: str | None) -> None:
    found = seniority_in("Engineer", text)
    assert (found and found.value) == rank
    assert not found or found.where == "text"


@pytest.mark.parametrize(
    ("title", "rank"), [("Senior Engineer", "senior"), ("Junior or Senior Engineer", None), ("Engineer III", None)]
)
def test_a_text_does_not_overrule_the_title(title: str, rank: str | None) -> None:
    found = seniority_in(title, "This is an entry-level role.")
    assert (found and found.value) == rank


def test_every_phrase_of_a_field_says_its_rank() -> None:
    for phrase, rank in of_fields().items():
        assert seniority_of(phrase) == seniority_of(phrase.upper().replace(" ", "_")) == rank
    assert set(of_fields().values()) == {*RANKS, None}


WORDS = st.lists(
    st.sampled_from(
        [
            *sorted(expressions().triggers),
            *of_fields(),
            "engineer",
            "of",
            "the",
            "|",
            "/",
            ",",
            "-",
            "(",
            ")",
            ".",
            "&",
            "this is a",
            "position",
            "seniority level:",
            "looking for a",
            "as a",
            "you",
            "İ",
            "\n",
            "x",
        ]
    )
).map(" ".join)


@given(WORDS | st.text(), WORDS | st.text())
def test_any_text_is_read_within_bounds(title: str, text: str) -> None:
    found = seniority_in(title, text)
    if found:
        assert found.value in RANKS
        assert 0 <= found.start < found.end <= len(title if found.where == "title" else text)
    assert seniority_of(title) in {*RANKS, None}


PIECES = [
    " ", "a ", "a-", "senior ", "lead ", "staff a ", "head ", "chief a ", "mid-", "associate ", "engineer ", "engineer 1", "| ", "(",
    "this is a ", "seniority", "seniority level:", "looking for a ", "as a senior ", "as a a engineer ii", "entry-level", "İ",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_hostile_texts_take_linear_time(piece: str) -> None:
    def cost(length: int) -> float:
        text, started = piece * (length // len(piece)), time.process_time()
        seniority_in(text, text)
        seniority_in("", text)
        seniority_of(text)
        return time.process_time() - started

    assert min(cost(200_000) for _ in range(3)) < 40 * min(cost(10_000) for _ in range(3)) + 0.1
