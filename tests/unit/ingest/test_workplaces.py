"""Whether work is remote, hybrid or on site, and where a remote worker may live."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.remote_from import remote_from, remote_from_in, residence_in
from services.ingest.domain.workplace import workplace_at, workplace_in, workplace_of


def said(title: str, text: str) -> str | None:
    found = workplace_in(title, text)
    return found and found.value


@pytest.mark.parametrize(
    ("words", "workplace"),
    [
        ("on-site", "on_site"),
        ("OnSite", "on_site"),
        ("on_site", "on_site"),
        ("In office", "on_site"),
        ("Hybrid", "hybrid"),
        ("Hybrid remote", "hybrid"),
        ("Remote", "remote"),
        ("Fully remote", "remote"),
        ("100% remote", "remote"),
        ("Remote - US", "remote"),
        ("TELECOMMUTE", "remote"),
        ("Remote or on-site", None),
        ("remote, hybrid", None),
        ("Remote possible", None),
        ("No remote", None),
        ("not remote", None),
        ("50% remote", None),
        ("2 days remote", None),
        ("remote sensing role", None),
        ("hybrid cloud focused", None),
        ("Remote - hybrid cloud", "remote"),
        ("Flexible", None),
        ("", None),
    ],
)
def test_fields_are_read_in_the_sources_words(words: str, workplace: str | None) -> None:
    assert workplace_of(words) == workplace


@pytest.mark.parametrize(
    ("places", "workplace"),
    [
        (["Remote, US"], "remote"),
        (["Riverton, TX (Hybrid)"], "hybrid"),
        (["Remote - Germany", "Remote - France"], "remote"),
        (["Riverton", "Remote"], None),
        (["Riverton"], None),
        ([], None),
    ],
)
def test_places_say_it_where_all_of_them_do(places: list[str], workplace: str | None) -> None:
    assert workplace_at(places) == workplace


@pytest.mark.parametrize(
    ("title", "workplace"),
    [
        ("Engineer (Remote)", "remote"),
        ("Engineer - Remote - US", "remote"),
        ("Engineer, Hybrid", "hybrid"),
        ("Engineer | Riverton", None),
        ("Remote Sensing Engineer", None),
        ("Engineer, Remote Sensing", None),
        ("Hybrid Cloud Engineer", None),
        ("On-site Interview Coordinator", None),
        ("Engineer (Riverton and/or Remote)", None),
        ("Lodestar, Riverton and REMOTE", None),
    ],
)
def test_titles_are_read(title: str, workplace: str | None) -> None:
    assert said(title, "") == workplace


@pytest.mark.parametrize(
    ("text", "workplace"),
    [
        ("Lodestar | Riverton | ONSITE | Full-time\nWe chart stars.", "on_site"),
        ("Lodestar | Riverton | Full-time ONSITE https://lodestar.example", "on_site"),
        ("Lodestar | Engineer | REMOTE (US only)", "remote"),
        ("Lodestar | Engineer | Remote, US | Full-time", "remote"),
        ("This is a hybrid position, three days a week in Riverton.", "hybrid"),
        ("This role is fully remote.", "remote"),
        ("This role is based on-site in our Riverton office.", "on_site"),
        ("Onsite work is required 5 days a week.", "on_site"),
        ("Telecommuting permitted up to 2 days per week.", "hybrid"),
        ("Work model: Hybrid\nWe chart stars.", "hybrid"),
        ("Apply now. #LI-Remote", "remote"),
        ("40 hours a week, 50% Telecommuting Permitted.", "hybrid"),
        ("Up to 40% telework permitted.", "hybrid"),
        ("100% telecommuting permitted.", None),
        ("This role is designed as 'Hybrid': you will work 2 days per week from an office.", "hybrid"),
        ("The job is classified as “Remote”.", "remote"),
        ("The job may be posted as 'Remote' or 'Hybrid'.", None),
        ("We are looking for a pilot Location: Remote Department: Charts Type: Full Time", "remote"),
        ("Location: Remote\nWe chart stars.", "remote"),
        ("Location: Remote or Riverton", None),
        ("Location: Remote\nor Riverton", None),
        ("Location: Remote, Riverton", None),
        ("Location: Remote sensing lab", None),
        ("Job: Pilot Location: Riverton, Minnesota (Remote) Role Overview We seek", "remote"),
        ("Location: Riverton (Hybrid)\nWe chart stars.", "hybrid"),
        ("Location: Riverton or Harbourton (Remote)", None),
        ("Location: Riverton (Remote), Harbourton", None),
        ("Location: Riverton, Harbourton, Oslo, Bergen (Remote)", None),
        ("Telecommuting Options:\n\nOnsite\n\nWork Location:\n\nRiverton", "on_site"),
        ("Telecommuting options: Remote, hybrid", None),
        ("Work model: hybrid/remote", None),
        ("Hybrid policy: Currently, we expect all staff to be in one of our offices at least 25% of the time.", "hybrid"),
        ("Under our hybrid work policy, we ask everyone to work from the office three days a week.", "hybrid"),
        ("Our hybrid policy lets you work from wherever you are.", None),
        ("Hybrid policy: we expect all staff to be in one of our offices 100% of the time.", None),
        ("Lodestar | Riverton | ONSITE or REMOTE", None),
        ("Lodestar | Riverton | ONSITE, REMOTE | Full-time", None),
        ("Lodestar | Riverton, Harbourton, Remote | Full-time", None),
        ("Lodestar | Remote (or Riverton if you prefer) | Full-time", None),
        ("Lodestar | Riverton | Remote OK", None),
        ("Lodestar | Riverton (with telecomute days) | On Site", None),
        ("This role can be remote.", None),
        ("This role is not offered remote or hybrid.", None),
        ("This role is remote-friendly.", None),
        ("You build hybrid cloud systems with a remote team.", None),
        ("We hold onsite interviews, and there is an on-site gym.", None),
        ("Our hybrid roles have three days in the office; our remote roles have none.", None),
        ("The work of this role: remote sensing of rivers.", None),
        ("This is a hybrid position. #LI-Onsite", None),
        ("This is a remote sensing role.", None),
        ("This is a hybrid cloud focused role.", None),
        ("This role is hybrid cloud focused.", None),
        ("This role is remote sensing.", None),
        ("Work model: hybrid cloud", None),
        ("This is a remote first role.", None),
        ("This is a remote or hybrid role.", None),
        ("This is a temporarily remote position.", None),
        ("This role is remote until we have an office.", None),
        ("This is a fully remote, full-time position.", "remote"),
        ("This is a remote software engineer role.", "remote"),
        ("Lodestar | Oslo | Berlin | Remote", None),
        ("Pilot | Lodestar | Oslo | Full-time Printer | Lodestar | Remote", None),
        ("Lodestar | Oslo | Engineer | Remote", "remote"),
        ("Lodestar | Designer | Oslo | Engineer | Oslo, Norway | Remote", "remote"),
        ("", None),
    ],
)
def test_a_text_is_believed_only_where_it_speaks_of_this_job(text: str, workplace: str | None) -> None:
    assert said("Engineer", text) == workplace


@pytest.mark.parametrize(
    ("words", "countries"),
    [
        (["USA Only"], ["US"]),
        (["anywhere in the US"], ["US"]),
        (["US-only"], ["US"]),
        (["Must be located in the United Kingdom"], ["GB"]),
        (["Germany", "France"], ["DE", "FR"]),
        (["US/Canada"], ["CA", "US"]),
        (["North America"], ["CA", "US"]),
        (["DACH region"], []),
        (["DACH"], ["AT", "CH", "DE"]),
        (["Worldwide"], []),
        (["Worldwide", "US"], []),
        (["Remote", "US"], ["US"]),
        (["Anywhere"], []),
        (["US, EMEA"], []),
        (["not in the US"], []),
        (["UTC+2 ± 3 hours"], []),
        (["Germany preferred"], []),
        (["Anywhere in the U.S. (remote job)"], ["US"]),
        (["Remote (US only)"], ["US"]),
        (["must reside in the United States"], ["US"]),
        (["100% remote in Poland"], ["PL"]),
        (["EMEA"], []),
        (["Georgia"], []),
        (["Georgia, US"], []),
        (["US/Georgia"], []),
        (["Georgia, Armenia"], ["AM", "GE"]),
        (["Georgia", "Armenia"], ["AM", "GE"]),
        (["CA"], []),
        (["CA, US"], []),
        (["US, CA"], []),
        (["US/CA"], ["CA", "US"]),
        (["US", "CA"], ["CA", "US"]),
        (["CA, UK"], ["CA", "GB"]),
        (["Canada"], ["CA"]),
        (["IL"], []),
        (["NL"], ["NL"]),
        (["Texas"], []),
        (["Mars"], []),
        ([""], []),
        ([], []),
    ],
)
def test_where_a_remote_worker_may_live(words: list[str], countries: list[str]) -> None:
    assert list(remote_from(words)) == countries


def test_regions_are_the_countries_that_they_surely_hold() -> None:
    assert len(remote_from(["EU"])) == 27
    assert {"GB", "CH", "NO"} <= set(remote_from(["Europe"]))
    assert {"US", "BR", "DE", "IL"} <= set(remote_from(["Americas, Europe, Israel"]))
    assert "US" not in remote_from(["LATAM"])
    assert {"US", "CA", "MX", "BR"} <= set(remote_from(["Americas"]))
    assert remote_from(["EMEA"]) == remote_from(["APAC"]) == remote_from(["US, EMEA"]) == ()


@pytest.mark.parametrize(
    ("text", "countries"),
    [
        ("Lodestar | Engineer | REMOTE (US only) | Full-time", ("US",)),
        ("Lodestar | Engineer | Remote - Germany", ("DE",)),
        ("Lodestar | Engineer | Remote OK (US/Canada only)", ("CA", "US")),
        ("Lodestar | Engineer | Remote in Italy | Full-time", ("IT",)),
        ("Lodestar | Engineer | Remote (US/CA)", ("CA", "US")),
        ("Lodestar | Engineer | Remote (Georgia)", None),
        ("Lodestar | Engineer | Remote (CA only)", None),
        ("Lodestar | Engineer | Remote (CA, US)", None),
        ("Lodestar | Engineer | Remote, AI | Full-time", None),
        ("Lodestar | Engineer | Remote (PM)", None),
        ("Lodestar | Engineer | Remote (EST)", None),
        ("Lodestar | Engineer | Remote, Full-time", None),
        ("Lodestar | Engineer | Remote (GMT ± 2)", None),
        ("Lodestar | Engineer | Remote (Riverton, US)", None),
        ("Lodestar | Engineer | Remote (citizens of France)", None),
        ("We are remote in the US.", None),
    ],
)
def test_the_list_that_a_text_begins_with_says_where_from(text: str, countries: tuple[str, ...] | None) -> None:
    found = remote_from_in(text)
    assert (found and found.value) == countries
    assert not found or text[found.start : found.end].lower().startswith("remote")


@pytest.mark.parametrize(
    ("text", "countries"),
    [
        ("We are also open to remote fellows in the UK, US, or Canada. We ask you when.", ("CA", "GB", "US")),
        ("This job is open to remote candidates anywhere in the US or Canada as well as in our office.", ("CA", "US")),
        ("We welcome remote applicants based in Poland or Portugal!", ("PL", "PT")),
        ("You can work remotely from anywhere in the UK, and we meet in London.", ("GB",)),
        ("This role is remote within the U.S. and you choose your hours.", ("US",)),
        ("This role is remote within the United States.", ("US",)),
        ("We are not open to remote candidates in France.", None),
        ("We can't consider remote applicants in France.", None),
        ("We are remote within Europe.", None),
        ("Our team works remotely from anywhere in Europe.", None),
        ("We have remote workers in Poland.", None),
        ("This role is remote within a day's drive of Riverton.", None),
        ("This role is remote within our time zones.", None),
        ("This role is remote within CA.", None),
        ("Open to remote candidates in the US, or wherever else we hire.", None),
        ("Open to remote candidates in the US (preferred).", None),
        ("Open to remote candidates in the world.", None),
        ("Open to remote candidates in France. Later open to remote candidates in Spain.", None),
        ("Remote sensing within Germany.", None),
    ],
)
def test_a_sentence_says_where_remote_workers_may_live(text: str, countries: tuple[str, ...] | None) -> None:
    found = remote_from_in(text)
    assert (found and found.value) == countries


@pytest.mark.parametrize(
    ("text", "countries"),
    [
        ("You must reside in the United States.", ("US",)),
        ("Candidates must be located in the Benelux or Israel to apply.", ("BE", "IL", "LU", "NL")),
        ("Candidates must be located in EMEA or Israel to apply.", None),
        ("Candidates must be based in Canada or Mexico to apply.", ("CA", "MX")),
        ("- Must live in the EEA and be able to travel", "EEA"),
        ("Must be physically located in the U.S. to be considered", ("US",)),
        ("All data must reside in the EU.", None),
        ("You must live in Riverton.", None),
        ("You must live within 20 miles of Riverton.", None),
        ("You must be located in CA.", None),
        ("You must be authorized to work in the US.", None),
        ("You must reside in one of these states: Texas, Utah.", None),
        ("You must be based in Canada. Managers must be based in Mexico.", ("CA",)),
        ("You must be based in Canada. Candidates must be based in Mexico.", None),
    ],
)
def test_a_sentence_says_where_its_reader_must_live(text: str, countries: tuple[str, ...] | str | None) -> None:
    found = residence_in(text)
    assert (found and found.value) == (remote_from([countries]) if isinstance(countries, str) else countries)


WORDS = st.lists(
    st.sampled_from(
        [
            "this",
            "is",
            "a",
            "the",
            "role",
            "position",
            "remote",
            "hybrid",
            "onsite",
            "on-site",
            "or",
            "and",
            "US",
            "Europe",
            "open to",
            "candidates in",
            "within",
            "must reside in",
            "only",
            "#LI-Remote",
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
    for found in (workplace_in(title, text), remote_from_in(text), residence_in(text)):
        assert not found or 0 <= found.start < found.end <= len(title if found.where == "title" else text)
    assert workplace_of(title) in (None, "remote", "hybrid", "on_site")
    assert all(len(code) == 2 for code in remote_from([title, text]))


@pytest.mark.parametrize(
    "piece",
    [
        "remote ",
        "| remote ",
        "remote, ",
        "remote (",
        "this is a ",
        "this role is fully ",
        "a-",
        "work model: ",
        "( ",
        "location: remote",
        "location: a a, a (",
        "hybrid policy",
        "hybrid policy we expect in office ",
        "as 'hybrid ",
        "must reside in ",
        "open to remote candidates in u.s.",
        "remote within a, ",
    ],
)
def test_hostile_texts_take_linear_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    started = time.process_time()
    workplace_in(text, text)
    remote_from_in(text)
    residence_in(text)
    remote_from([text])
    assert time.process_time() - started < 1
