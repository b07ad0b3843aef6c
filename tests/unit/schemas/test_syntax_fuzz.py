"""Whatever is typed is read or refused in words; a tree and its text say the same."""

import random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from schemas.filter.syntax import MAXIMUM_LENGTH, Misspelt, normal, parse, written
from schemas.filter.tree import MAXIMUM_DEPTH, Filter, Keywords, Scope, ScopedTerm

PLAIN = [
    "python",
    "machine learning",
    "C++",
    "and",
    "-x",
    "a:b",
    "AI/ML",
    "CI/CD",
    "a",
    "learn*",
    '"in quotes"',
    "'90s",
    "it’s",
    "—x",
    "R & D",
    "C ++",
    "• x",
    "Seattle, WA",
]

SAID = [
    "a",
    "b",
    "-a",
    "not b",
    '"c d"',
    "AI/ML",
    "title:e",
    "title:(e or f)",
    "-company:g",
    "develop*",
    "-(a b)",
    "(b or -c)",
    "R&D",
    "R & D",
    "C ++",
    "—h",
    "- i",
    "location:Seattle, WA",
]
JOINED = ["({}{}{})", "{}{}{}"]

Entry = str | ScopedTerm | Keywords

odd = st.text(st.sampled_from("ab1 /*:-'\"()|&+,.é"), max_size=4)
terms = st.sampled_from(PLAIN) | st.tuples(odd, st.sampled_from("ab1é"), odd).map("".join)
scopes: st.SearchStrategy[Scope | None] = st.sampled_from([None, "title", "company", "skill", "location"])
beginnings = st.sampled_from(["develop", "machine learn", "24/70", "PL/SQL", "a-bcd", "don't"])
leaves = (
    terms
    | st.builds(ScopedTerm, term=terms, scope=scopes)
    | st.builds(ScopedTerm, term=beginnings, scope=scopes, prefix=st.just(True))
)  # fmt: skip


@st.composite
def trees(draw: st.DrawFn, *, depth: int = 4, empty: bool) -> Keywords:
    """With empty groups in them or without: a text carries none."""
    entries: st.SearchStrategy[Entry] = leaves | trees(depth=depth - 1, empty=empty) if depth else leaves
    lists = [tuple(draw(st.lists(entries, max_size=3))) for _ in range(3)]
    if not empty and not any(lists):
        lists[0] = (draw(leaves),)
    return Keywords(all=lists[0], any=lists[1], none=lists[2])


def holds(entry: Entry, seed: int) -> bool:
    """Evaluated naively; which terms occur is drawn by their letters and digits, which is all that matching looks at."""
    if isinstance(entry, Keywords):
        return (
            all(holds(one, seed) for one in entry.all)
            and (not entry.any or any(holds(one, seed) for one in entry.any))
            and not any(holds(one, seed) for one in entry.none)
        )
    term, scope, prefix = (entry, None, False) if isinstance(entry, str) else (entry.term, entry.scope, entry.prefix)
    letters = "".join(filter(str.isalnum, term))
    return random.Random(f"{seed} {letters} {scope} {prefix}").random() < 0.5


@given(trees(empty=True), st.integers(0, 1_000_000))
@settings(max_examples=200, deadline=None)
def test_normal_form_means_the_same_and_is_its_own(keywords: Keywords, seed: int) -> None:
    form = normal(keywords)
    assert normal(form) == form
    assert [holds(form, seed + n) for n in range(8)] == [holds(keywords, seed + n) for n in range(8)]


@given(trees(empty=False))
@settings(max_examples=200, deadline=None)
def test_tree_is_read_back_from_its_text(keywords: Keywords) -> None:
    form, text = normal(keywords), written(keywords)
    assume(len(text) <= MAXIMUM_LENGTH and form.depth() <= MAXIMUM_DEPTH)
    assert parse(text) == form
    assert written(form) == text


@given(
    st.recursive(
        st.sampled_from(SAID),
        lambda parts: st.builds(str.format, st.sampled_from(JOINED), parts, st.sampled_from([" ", " or ", ", "]), parts),
        max_leaves=15,
    )
)
@settings(max_examples=200, deadline=None)
def test_text_that_is_read_is_written_as_a_fixed_point(text: str) -> None:
    read = read_or_refused(text)
    assume(isinstance(read, Keywords) and len(written(read)) <= MAXIMUM_LENGTH)
    assert isinstance(read, Keywords)
    assert normal(read) == read
    assert parse(written(read)) == read
    assert written(parse(written(read))) == written(read)


@given(
    st.lists(st.sampled_from(["a", "b c", '"d e"', "(f or g)", "title:h", "R & D"]), min_size=2, max_size=4),
    st.lists(
        st.sampled_from(["-i", "not j", "—k", "-(l m)", '-"n o"', "and not p", "-title:q", "-r/s"]), min_size=1, max_size=3
    ),
)
@settings(max_examples=100, deadline=None)
def test_denials_after_alternatives_hold_for_all_unless_in_parentheses(alternatives: list[str], denials: list[str]) -> None:
    *before, last = alternatives
    denied, rest = " ".join(denials), " or ".join(before)
    assert parse(f"{rest} or {last} {denied}") == parse(f"({rest} or {last}) {denied}")
    assert parse(f"x ({rest} or {last} {denied})") == parse(f"x ({rest} or {last}) {denied}")
    for apart in (f"{rest} or ({last} {denied})", f"{rest} -z or {last} {denied}", f"{rest} or {denied.removeprefix('and ')}"):
        assert written(parse(apart)) == written(parse(written(parse(apart))))
        assert parse(apart) != parse(f"({rest} or {last}) {denied}")


@given(st.text(max_size=MAXIMUM_LENGTH + 10))
@settings(max_examples=200, deadline=None)
def test_any_text_at_all_is_read_or_refused(text: str) -> None:
    assert_answered(text)


def assert_answered(text: str) -> bool:
    """Whether it was read."""
    answer = read_or_refused(text)
    if isinstance(answer, Misspelt):
        assert 0 <= answer.position <= len(text), text
        assert answer.problem, text
        return False
    assert list(answer.entries()), text
    again = written(answer)
    assert len(again) > MAXIMUM_LENGTH or parse(again) == answer, text
    return True


def read_or_refused(text: str) -> Keywords | Misspelt:
    try:
        return parse(text)
    except Misspelt as error:
        return error


def test_what_is_read_is_within_the_limits_of_a_filter() -> None:
    drawn = random.Random(7)
    for _ in range(2_000):
        text = "".join(
            drawn.choices(["a", "b ", "cd ", "or ", "-", "(", ")", '"e f" ', "title:", "g/h "], k=drawn.randrange(1, 60))
        )
        answer = read_or_refused(text)
        if isinstance(answer, Keywords):
            assert Filter.model_validate(Filter(keywords=answer).model_dump()).keywords == answer
