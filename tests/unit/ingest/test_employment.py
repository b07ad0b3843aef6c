"""What fields, titles and texts say of the type of employment."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.employment import employment_in, employment_of


def said(title: str, text: str) -> tuple[str, ...]:
    found = employment_in(title, text)
    return found.value if found else ()


@pytest.mark.parametrize(
    ("words", "types"),
    [
        (["FULL_TIME"], ("full_time",)),
        (["FullTime"], ("full_time",)),
        (["fulltime_permanent"], ("full_time",)),
        (["Full time"], ("full_time",)),
        (["Part-time, Contract"], ("part_time", "contract")),
        (["CONTRACTOR", "FULL_TIME"], ("full_time", "contract")),
        (["Intern"], ("intern",)),
        (["Internship"], ("intern",)),
        (["Temporary (seasonal)"], ("temporary",)),
        (["PER_DIEM"], ("per_diem",)),
        (["VOLUNTEER"], ("volunteer",)),
        (["OTHER"], ("other",)),
        (["Vollzeit"], ("full_time",)),
        (["Permanent"], ()),
        (["Regular"], ()),
        (["May-August"], ()),
        (["International"], ()),
        (["Not full-time"], ()),
        (["No contract"], ()),
        (["Non-contract"], ()),
        (["Not a contract role"], ()),
        (["Full time, not part time"], ("full_time",)),
        (["Permanent, no contractors"], ()),
        (["Part-time not available"], ()),
        (["Temporary: no"], ()),
        (["Full time, Non-Exempt"], ("full_time",)),
        (["Full-time with other benefits"], ("full_time",)),
        (["other duties"], ()),
        (["Other position"], ("other",)),
        ([""], ()),
        ([], ()),
    ],
)
def test_fields_are_read_in_the_sources_words(words: list[str], types: tuple[str, ...]) -> None:
    assert employment_of(words) == types


@pytest.mark.parametrize(
    ("title", "types"),
    [
        ("Software Engineer Intern", ("intern",)),
        ("2031 Internships: Compilers", ("intern",)),
        ("Hardware Co-op, Spring", ("intern",)),
        ("Recruiting Coordinator (Contract)", ("contract",)),
        ("Baker - Part-time", ("part_time",)),
        ("Nurse, Full-time / Part-time", ("full_time", "part_time")),
        ("Internship Program Manager", ()),
        ("Director, Internships", ()),
        ("Head of Internships", ()),
        ("VP - Internship Programs", ()),
        ("Director, Intern Program", ()),
        ("Director of Co-op Education", ()),
        ("Product Manager, Intern", ("intern",)),
        ("Marketing Coordinator Internship", ("intern",)),
        ("2031 Internship Program", ("intern",)),
        ("Engineer or Summer/Fall Interns", ()),
        ("Engineer or INTERN in Fall '31", ()),
        ("Chart Engineers, Research Engineers, Interns", ()),
        ("Engineering Managers, Engineers, Engineering Interns", ()),
        ("Research and Development Internships", ("intern",)),
        ("Data Engineer/Analyst Intern", ("intern",)),
        ("Engineer (Not Full-time)", ()),
        ("Engineer - No Contract", ()),
        ("Engineer + other", ()),
        ("Intern Recruiter", ()),
        ("Smart Contract Engineer", ()),
        ("Contract Manager", ()),
        ("Contracts Counsel, Full Stack", ()),
        ("Internal Tools Engineer", ()),
        ("International Tax Analyst", ()),
        ("Volunteer Coordinator", ()),
        ("Temporary Works Engineer", ()),
    ],
)
def test_titles_are_read(title: str, types: tuple[str, ...]) -> None:
    assert said(title, "") == types


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("Lodestar | Riverton | Full-time | Onsite\n\nWe chart stars.", ("full_time",)),
        ("Lodestar | Riverton | ONSITE FULL TIME VISA\n\nWe chart stars.", ("full_time",)),
        ("Lodestar | Engineers | Full-time, Interns | Riverton", ("full_time", "intern")),
        ("Lodestar | Chart Drawing Intern (paid) | Riverton", ("intern",)),
        ("Lodestar | Full-time/Contract | https://lodestar.example", ("full_time", "contract")),
        ("JOB TYPE: FULL-TIME\nWe chart stars.", ("full_time",)),
        ("We chart stars.\nEmployment type: Part-time\nApply now", ("part_time",)),
        ("We chart stars. This is a full-time position in Riverton.", ("full_time",)),
        ("This is a 12 month contract position.", ("contract",)),
        ("This is an onsite, full time role in Riverton.", ("full_time",)),
        ("The role is a part-time position.", ("part_time",)),
        ("The pay for this full-time position is listed below.", ("full_time",)),
        ("This is a paid internship with our compiler team.", ("intern",)),
        ("Duration: The program runs for 4 months, full-time. We pay you.", ("full_time",)),
        ("This fellowship lasts about twelve weeks and is part-time.", ("part_time",)),
        ("The program runs for 4 months, full-time or part-time.", ()),
        ("The program runs for 4 months, and full-time employees teach in it.", ()),
        ("Our summer camp runs for 4 weeks, full-time.", ()),
        ("Lodestar | Engineers, Designers, Interns | Riverton", ()),
        ("Lodestar | Engineer + other | Full-time | Riverton", ("full_time",)),
        ("Lodestar | Engineer or Summer/Fall Interns | Riverton", ()),
        ("Lodestar | No contractors | Riverton", ()),
        ("Job type: Other", ("other",)),
        ("Job type: other duties as assigned", ()),
        ("Job type: other duties may include full-time support", ()),
        ("Employment type: not full-time", ()),
        ("Position type: full-time, no contract", ("full_time",)),
        ("This is not a full-time position.", ()),
        ("Lodestar hires | full-time work experience wanted | Riverton", ()),
        ("3+ years of non-internship professional experience", ()),
        ("Benefits for full-time employees include coffee.", ()),
        ("You design the data contract between teams, and write smart contracts.", ()),
        ("Have you worked full-time as a developer?", ()),
        ("You manage our interns and the internship program.", ()),
        ("We are a team of seven: five full-time, two part-time.", ()),
        ("Security clearance type: none. Employment status: protected by law.", ()),
        ("", ()),
    ],
)
def test_a_text_is_believed_only_where_it_speaks_of_this_job(text: str, types: tuple[str, ...]) -> None:
    assert said("Engineer", text) == types


def test_an_internship_stays_one_whatever_its_text_says_of_full_time_work() -> None:
    assert said("Compiler Intern", "This is a full-time position from June on.") == ("intern",)


def test_offsets_hold_the_words_that_say_it() -> None:
    text = "We chart stars. This is a full-time position in Riverton."
    found = employment_in("Engineer", text)
    assert found
    assert text[found.start : found.end] == "This is a full-time position"
    found = employment_in("Engineer (Contract)", text)
    assert found
    assert (found.where, "Engineer (Contract)"[found.start : found.end]) == ("title", "Contract")


WORDS = st.lists(
    st.sampled_from(
        [
            "this",
            "is",
            "a",
            "the",
            "role",
            "position",
            "full-time",
            "full",
            "time",
            "part",
            "intern",
            "internship",
            "contract",
            "type:",
            "job",
            "|",
            ",",
            "(",
            ")",
            "-",
            "/",
            "İ",
            "\n",
            "x",
        ]
    )
)


@given(WORDS.map(" ".join) | st.text(), WORDS.map(" ".join) | st.text())
def test_any_text_is_read_within_bounds(title: str, text: str) -> None:
    if found := employment_in(title, text):
        assert found.value
        assert 0 <= found.start < found.end <= len(title if found.where == "title" else text)


@pytest.mark.parametrize(
    "piece", ["full-time ", "| full-time ", "this is a ", "job type: ", "a, ", "x-", "this is a full-time, a, a, a "]
)
def test_hostile_texts_take_linear_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    started = time.process_time()
    employment_in(text, text)
    assert time.process_time() - started < 1
