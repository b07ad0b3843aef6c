"""Which words are the same, as a table: what stands in a posting, what is looked for, and whether it is found."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.words import asked, asked_prefix, fold, spaced, words

YES, NO = True, False

TABLE = [
    # in the posting                        looked for               found
    ("We write C++ and Python.",            "C++",                   YES),
    ("We write C++ and Python.",            "c++",                   YES),
    ("We write C++ and Python.",            "C",                     NO),
    ("We write C and Python.",              "C++",                   NO),
    ("We write C and Python.",              "C",                     YES),
    ("C/C++/C# developers",                 "C",                     YES),
    ("C/C++/C# developers",                 "C#",                    YES),
    ("C/C++/C# developers",                 "C++",                   YES),
    ("C++17 and C++20",                     "C++",                   YES),
    ("We write C# only.",                   "C",                     NO),
    ("We write C# only.",                   "C#",                    YES),
    ("F# or C#?",                           "F#",                    YES),
    ("Req#123",                             "req",                   YES),
    ("the .NET platform",                   ".NET",                  YES),
    ("the .NET platform",                   ".net",                  YES),
    ("the .NET platform",                   "dotnet",                YES),
    ("the .NET platform",                   "net",                   NO),
    ("a net gain",                          ".NET",                  NO),
    ("C#/.NET",                             ".NET",                  YES),
    ("ASP.NET Core",                        ".NET",                  NO),
    ("ASP.NET Core",                        "ASP.NET",               YES),
    ("mail jobs@acme.net",                  ".NET",                  NO),
    ("Node.js services",                    "Node.js",               YES),
    ("Node.js services",                    "node.JS",               YES),
    ("Node.js services",                    "NodeJS",                YES),
    ("Node.js services",                    "node js",               YES),
    ("Node.js services",                    "Node",                  NO),
    ("Node.js services",                    "JS",                    NO),
    ("We ship. JS is fine.",                "JS",                    YES),
    ("React.js and VueJS",                  "react",                 YES),
    ("React.js and VueJS",                  "vue.js",                YES),
    ("React",                               "reactjs",               YES),
    ("Next.js",                             "nextjs",                YES),
    ("Next.js",                             "next",                  NO),
    ("the next step",                       "Next.js",               NO),
    ("Three.js, D3.js",                     "threejs",               YES),
    ("Three.js, D3.js",                     "D3",                    YES),
    ("Three.js, D3.js",                     "three",                 NO),
    ("Swift or Objective-C",                "Objective C",           YES),
    ("Swift or Objective-C",                "obj-c",                 YES),
    ("Swift or Objective-C",                "C",                     NO),
    ("Golang",                              "Go",                    YES),
    ("Go-lang",                             "golang",                YES),
    ("Clang and LLVM",                      "C",                     NO),
    ("Google, good, ago",                   "Go",                    NO),
    ("Rust and Ruby",                       "R",                     NO),
    ("São Paulo",                           "Sao Paulo",             YES),
    ("SAO PAULO",                           "são paulo",             YES),
    ("Zürich",                              "Zurich",                YES),
    ("Zurich",                              "ZÜRICH",                YES),
    ("Straße",                              "STRASSE",               YES),
    ("naïve Bayes",                         "naive bayes",           YES),
    ("Café Noir",                           "cafe\u0301 noir",       YES),
    ("ﬁrmware",                             "firmware",              YES),
    ("machine-learning engineer",           "machine learning",      YES),
    ("machine learning engineer",           "machine-learning",      YES),
    ("machine  learning\nengineer",         "machine learning",      YES),
    ("Machine Learning/AI",                 "machine learning ai",   YES),
    ("machine and learning",                "machine learning",      NO),
    ("learning machine",                    "machine learning",      NO),
    ("machine learning",                    "machine",               YES),
    ("(Senior) Engineer, Platform",         "senior engineer",       YES),
    ("“Engineer”",                          "engineer",              YES),
    ("bachelor’s degree",                   "bachelor's degree",     YES),
    ("bachelor’s degree",                   "bachelors degree",      YES),
    ("bachelor’s degree",                   "Bachelor degree",       YES),
    ("Ph.D. in physics",                    "PhD",                   YES),
    ("a Ph. D. or two PhDs",                "phd",                   YES),
    ("in the U.S. only",                    "US",                    YES),
    ("in the US only",                      "U.S.",                  YES),
    ("B.S. or M.Sc.",                       "BS",                    YES),
    ("B.S. or M.Sc.",                       "msc",                   YES),
    ("It ends here.Then it begins.",        "then",                  YES),
    ("snake_case",                          "snake case",            YES),
    ("AI/ML",                               "ML",                    YES),
    ("R&D engineer",                        "R&D",                   YES),
    ("R & D engineer",                      "r&d",                   YES),
    ("R&D engineer",                        "R",                     NO),
    ("AT&T",                                "at&t",                  YES),
    ("AT&T",                                "at",                    NO),
    ("Q&A sessions",                        "q&a",                   YES),
    ("Research & Development",              "research and development", YES),
    ("#1 of 5+ years",                      "5 years",               YES),
    ("Acme™ Robotics®",                     "Acme Robotics",         YES),
    ("100% remote",                         "100",                   YES),
    ("401(k)",                              "401 k",                 YES),
    ("PyTorch 2.1",                         "2.1",                   YES),
    ("H-1B transfer",                       "h1b",                   YES),
    ("H1B transfer",                        "H-1B",                  YES),
    ("北京 office",                          "北京",                   YES),
    ("anything at all",                     "!!!",                   NO),
    ("this & that",                         " & ",                   NO),
    ("",                                    "word",                  NO),
]  # fmt: skip

SAME = [
    ("machines", "machine"), ("Engineers", "engineer"), ("companies", "Company"), ("technologies", "technology"), ("classes", "class"),
    ("boxes", "box"), ("branches", "branch"), ("processes", "process"), ("databases", "database"), ("APIs", "API"), ("LLMs", "llm"),
    ("GPUs", "gpu"), ("caches", "cache"), ("analyses", "analysis"), ("cookies", "cookie"), ("metrics", "metric"), ("visas", "visa"),
    ("front-end", "frontend"), ("front end", "frontend"), ("Back-End", "back end"), ("full stack", "fullstack"), ("Dev Ops", "DevOps"),
    ("dev-sec-ops", "DevSecOps"), ("micro-services", "microservice"), ("co-op", "coop"), ("E-Mail", "email"), ("on-site", "onsite"),
    ("web sites", "website"), ("data bases", "database"), ("start-ups", "startup"), ("real time", "real-time"),
    ("cyber security", "cybersecurity"), ("open source", "open-source"), ("Java Script", "JavaScript"), ("No-SQL", "nosql"),
    ("T-SQL", "tsql"), ("Power BI", "PowerBI"), ("F-1", "F1"), ("AngularJS", "angular"), ("c/c++", "C, C++"),
]  # fmt: skip

DIFFERENT = [
    ("windows", "window"), ("sales", "sale"), ("news", "new"), ("rails", "rail"), ("dynamics", "dynamic"), ("logistics", "logistic"),
    ("arms", "arm"), ("does", "DOE"), ("goods", "good"), ("customs", "custom"), ("series", "serie"), ("AWS", "aw"), ("iOS", "io"),
    ("business", "busines"), ("analysis", "analysi"), ("status", "statu"), ("DNS", "dn"), ("over time", "overtime"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "term", "found"), TABLE, ids=repr)
def test_words_of_a_text_are_found_as_people_mean_them(text: str, term: str, *, found: bool) -> None:
    assert (asked(term) in spaced(text)) is found


@pytest.mark.parametrize(("one", "other"), SAME, ids=repr)
def test_plurals_compounds_and_spellings_of_a_word_are_one(one: str, other: str) -> None:
    assert words(f"we like {one} a lot") == words(f"we like {other} a lot")
    assert asked(one) == asked(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=repr)
def test_words_that_only_look_like_a_plural_stay_apart(one: str, other: str) -> None:
    assert asked(one) != asked(other)


@pytest.mark.parametrize(
    "text", ["C++", "C#", ".NET", "ASP.NET", "R&D", "Character.AI", "kubernetes", "golang", "c-lang", "r-lang"]
)
def test_what_is_one_word_to_people_is_one_word_here(text: str) -> None:
    assert words(text) == [text.lower()]


LANGUAGES = [
    # C
    ("Proficient in C and C++", "C"), ("languages: C, C++", "C"), ("C/C++", "C"), ("Embedded C, RTOS", "C"), ("Senior C Developer", "C"),
    ("strong in Python, C.", "C"), ("C programming", "C"), ("C•C++•Java", "C"), ("low-level code in C (Linux)", "C"), ("Python, Go, JS, C, D, Lua", "C"),
    ("- C\n- Python", "C"), ("We need a C engineer", "C"), ("C", "C"),
    # R
    ("statistics in R", "R"), ("statistics in R.", "R"), ("R, SAS or Stata", "R"), ("Python/R", "R"), ("Python or R. You model data.", "R"),
    ("Matlab (or R)", "R"), ("an R package", "R"), ("Python R SQL", "R"), ("R programming", "R"), ("R", "R"),
    # Go
    ("Go, Rust", "Go"), ("Java, Go and Scala", "Go"), ("services in Go.", "Go"), ("Go Developer", "Go"), ("Senior Backend Go Engineer", "Go"),
    ("Go microservices", "Go"), ("Backend Engineer (Go)", "Go"), ("Platform Engineer - Go", "Go"), ("we use Go to build services", "Go"),
    ("Ready to learn Go?", "Go"), ("* Go\n* Kotlin", "Go"), ("python, go, rust", "Go"), ("a go developer", "Go"), ("Python, GO, Java", "Go"),
    ("Go-based tooling", "Go"), ("Rust & Go", "Go"), ("Go (Golang)", "Go"), ("Go", "Go"),
]  # fmt: skip

NOT_LANGUAGES = [
    ("the C-suite", "C"), ("C-level executives", "C"), ("C Suite", "C"), ("a C corp", "C"), ("our Series C round", "C"), ("Washington, D.C.", "C"),
    ("28 C.F.R. 1", "C"), ("8 U.S.C. 1324b", "C"), ("Vitamin C", "C"), ("USB-C", "C"), ("Mary C. Smith", "C"), ("T&C apply", "C"),
    ("A, B, or C", "C"), ("B) pay, and C) people", "C"), ("C$90", "C"), ("25 °C", "C"), ("from C*", "C"), ("Section C", "C"), ("C•CURE", "C"),
    ("R&D", "R"), ("R and D", "R"), ("Toys R Us", "R"), ("John R. Smith", "R"), ("R. Smith leads us", "R"), ("R1 university", "R"),
    ("SAP R/3", "R"), ("Intel(R) Core", "R"), ("P&R and timing", "R"), ("R-squared", "R"), ("George R. R. Martin", "R"),
    ("Go to market", "Go"), ("our Go-To-Market team", "Go"), ("our Go to Market team", "Go"), ("Go Live support", "Go"), ("Go beyond", "Go"),
    ("Go big or go home", "Go"), ("We go fast", "Go"), ("on the go", "Go"), ("Pokemon Go, Ingress", "Go"), ("a go-to person", "Go"),
    ("Go and see for yourself", "Go"), ("as you go, learn", "Go"), ("Let's Go!", "Go"), ("ready to go.", "Go"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "language"), LANGUAGES, ids=repr)
def test_c_r_and_go_are_found_where_they_are_the_languages(text: str, language: str) -> None:
    assert asked(language) in spaced(text)
    assert asked(language.lower()) in spaced(text)


@pytest.mark.parametrize(("text", "letter"), NOT_LANGUAGES, ids=repr)
def test_c_r_and_go_are_not_found_where_they_are_something_else(text: str, letter: str) -> None:
    assert asked(letter) not in spaced(text)


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("go to market", "Lead our Go-to-Market plan", YES),
        ("go to market", "Lead our go to market plan", YES),
        ("go developer", "Senior Go Developers wanted", YES),
        ("c programming", "C programming", YES),
        ("series c", "a Series C company", YES),
        ("python or r", "Python or R", YES),
        ("r&d team", "the R&D team", YES),
    ],
)
def test_in_a_phrase_the_words_beside_say_what_is_meant(phrase: str, text: str, *, found: bool) -> None:
    assert (asked(phrase) in spaced(text)) is found


@pytest.mark.parametrize(
    ("beginning", "text", "found"),
    [
        ("develop", "two developers", YES),
        ("develop", "Development", YES),
        ("develop", "redevelop", NO),
        ("analys", "an analyst", YES),
        ("analys", "analytics", NO),
        ("univers", "Universal", YES),
        ("respons", "responsive", YES),
        ("respons", "we respond", NO),
        ("sens", "Senior", NO),
        ("engineers", "engineering", NO),
        ("saas", "SaaS", YES),
        ("kubern", "Kubernetes", YES),
        ("kubernetes", "Kubernetes", YES),
        ("devops", "DevOps", YES),
        ("texas", "Texas", YES),
        ("node.j", "Node.js", YES),
        ("front-e", "a front end", YES),
        ("front e", "front entrance", YES),
        ("front end", "frontends", YES),
        ("data s", "data science", YES),
        ("front", "frontend", YES),
        ("full st", "full steam", YES),
        ("machine learn", "machine learning", YES),
        ("machines learn", "machine learning", YES),
        ("machine lear", "machine clearing", NO),
        ("SÃO", "Sao Paulo", YES),
        ("!!!", "anything", NO),
    ],
)
def test_a_beginning_finds_the_words_that_go_on_from_it(beginning: str, text: str, *, found: bool) -> None:
    assert (asked_prefix(beginning) in spaced(text)) is found


def test_a_text_of_nothing_but_letters_is_not_looked_at_without_end() -> None:
    assert spaced("C, " * 1000).count(" c-lang") == 200


PLAIN = st.lists(st.from_regex(r"[a-z]{2,12}", fullmatch=True).filter(lambda word: word != "go"), min_size=1, max_size=12)


@given(st.text())
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(PLAIN)
def test_every_phrase_of_a_plain_text_is_found_in_it(plain: list[str]) -> None:
    text = spaced(" ".join(plain))
    assert all(asked(word) in spaced(word.upper()) for word in plain)
    assert asked(" ".join(plain)) == text


@given(PLAIN)
def test_words_of_the_words_are_the_words(plain: list[str]) -> None:
    """So that a form is never taken for another word's plural or half of a compound."""
    assert words(" ".join(words(" ".join(plain)))) == words(" ".join(plain))


@given(PLAIN, st.integers(3, 12))
def test_a_beginning_of_a_form_is_found(plain: list[str], length: int) -> None:
    form = words(plain[-1])[-1]
    assert asked_prefix(form[:length].rstrip("s") or form) in spaced(plain[-1])


@given(st.text(st.sampled_from("CRGgorc &.,-/+#'’ae\nDUs1") | st.characters(), max_size=60))
def test_spaced_has_a_space_around_every_word_and_no_line_break(text: str) -> None:
    assert spaced(text).split(" ") == (["", *words(text), ""] if words(text) else ["", ""])
    assert not re.search(r"\s", spaced(text).replace(" ", ""))


@given(st.text(max_size=40))
def test_a_term_without_a_word_is_found_nowhere(text: str) -> None:
    assert "  " not in spaced(text)
    assert (asked(text) == "  ") is (not words(text.strip()))
