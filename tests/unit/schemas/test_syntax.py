"""Keywords as people type them: what a text means, how it is written here, and what is said of one that is wrong."""

from typing import Any

import pytest

from schemas.filter.syntax import MAXIMUM_LENGTH, Misspelt, normal, parse, written
from schemas.filter.tree import Filter, Keywords
from tests.support.hostile import hostile


def title(term: str) -> dict[str, Any]:
    return {"term": term, "scope": "title"}


def located(term: str) -> dict[str, Any]:
    return {"term": term, "scope": "location"}


def beginning(term: str) -> dict[str, Any]:
    return {"term": term, "prefix": True}


TYPED: list[tuple[str, dict[str, Any], str]] = [
    ("python", {"all": ["python"]}, "python"),
    ("  python   kubernetes\n", {"all": ["python", "kubernetes"]}, "python kubernetes"),
    ("python AND kubernetes", {"all": ["python", "kubernetes"]}, "python kubernetes"),
    ("python, kubernetes; go", {"all": ["python", "kubernetes", "go"]}, "python kubernetes go"),
    ("python & go && rust", {"all": ["python", "go", "rust"]}, "python go rust"),
    ("a or b", {"any": ["a", "b"]}, "a or b"),
    ("a OR b Or c", {"any": ["a", "b", "c"]}, "a or b or c"),
    ("a|b || c", {"any": ["a", "b", "c"]}, "a or b or c"),
    ("python and/or java", {"any": ["python", "java"]}, "python or java"),
    ("a b or c", {"any": [{"all": ["a", "b"]}, "c"]}, "a b or c"),
    ("a and b or c and d", {"any": [{"all": ["a", "b"]}, {"all": ["c", "d"]}]}, "a b or c d"),
    ("a (b or c) -d", {"all": ["a"], "any": ["b", "c"], "none": ["d"]}, "a (b or c) -d"),
    ("(a or b) and (c or d)", {"all": [{"any": ["a", "b"]}, {"any": ["c", "d"]}]}, "(a or b) (c or d)"),
    ("x(a or b)(c or d)y", {"all": ["x", {"any": ["a", "b"]}, {"any": ["c", "d"]}, "y"]}, "x (a or b) (c or d) y"),
    ("a or (b or (c))", {"any": ["a", "b", "c"]}, "a or b or c"),
    ("a and (b and (c))", {"all": ["a", "b", "c"]}, "a b c"),
    ("a or (b (c or d))", {"any": ["a", {"all": ["b"], "any": ["c", "d"]}]}, "a or b (c or d)"),
    ("a a b a", {"all": ["a", "b"]}, "a b"),
    ("(a or a) b", {"all": ["a", "b"]}, "a b"),
    ("-a", {"none": ["a"]}, "-a"),
    ("a not b", {"all": ["a"], "none": ["b"]}, "a -b"),
    ("a and not b", {"all": ["a"], "none": ["b"]}, "a -b"),
    ("a !b", {"all": ["a"], "none": ["b"]}, "a -b"),
    ("a –b −c", {"all": ["a"], "none": ["b", "c"]}, "a -b -c"),
    ("not a b", {"all": ["b"], "none": ["a"]}, "b -a"),
    ("not not a", {"all": ["a"]}, "a"),
    ("-(a or b)", {"none": ["a", "b"]}, "-a -b"),
    ("-(a b)", {"none": [{"all": ["a", "b"]}]}, "-(a b)"),
    ("-(a -b)", {"none": [{"all": ["a"], "none": ["b"]}]}, "-(a -b)"),
    ("-(-a -b)", {"any": ["a", "b"]}, "a or b"),
    ("(-a b) or (b -a)", {"all": ["b"], "none": ["a"]}, "b -a"),
    ("((x or y) b c) or (b (x or y) c)", {"all": ["b", "c"], "any": ["x", "y"]}, "b c (x or y)"),
    ("a or -b", {"any": ["a", {"none": ["b"]}]}, "a or -b"),
    ("a or -(b or c)", {"any": ["a", {"none": ["b", "c"]}]}, "a or -b -c"),
    ('"machine learning"', {"all": ["machine learning"]}, '"machine learning"'),
    ('"  machine\tlearning "', {"all": ["machine learning"]}, '"machine learning"'),
    ("“machine learning” „zwei Wörter“ «trois mots ici»", {"all": ["machine learning", "zwei Wörter", "trois mots ici"]},
     '"machine learning" "zwei Wörter" "trois mots ici"'),
    ("‘curly ones’ ’so too’ 'straight ones'", {"all": ["curly ones", "so too", "straight ones"]},
     '"curly ones" "so too" "straight ones"'),
    ("＂full width＂　ａｎｄ（x　or　y）", {"all": ["full width"], "any": ["x", "y"]}, '"full width" (x or y)'),
    ('-"on call"', {"none": ["on call"]}, '-"on call"'),
    ('"python"', {"all": ["python"]}, "python"),
    ('"and" "Or" "not"', {"all": ["and", "Or", "not"]}, '"and" "Or" "not"'),
    ("android order notable", {"all": ["android", "order", "notable"]}, "android order notable"),
    ("don't O’Reilly engineers' '90s", {"all": ["don't", "O'Reilly", "engineers'", "'90s"]}, "don't O'Reilly engineers' \"'90s\""),
    ("develop*", {"all": [beginning("develop")]}, "develop*"),
    ("develop** -manag*", {"all": [beginning("develop")], "none": [beginning("manag")]}, "develop* -manag*"),
    ('"machine learn"*', {"all": [beginning("machine learn")]}, '"machine learn"*'),
    ('"machine learn*"', {"all": [beginning("machine learn")]}, '"machine learn"*'),
    ('"A*" "a * b" "C++*"', {"all": ["A", "a * b", "C++"]}, 'A "a * b" C++'),
    ("title:engineer", {"all": [title("engineer")]}, "title:engineer"),
    ("Title: engineer", {"all": [title("engineer")]}, "title:engineer"),
    ("TITLES :engineer", {"all": [title("engineer")]}, "title:engineer"),
    ("title：engineer", {"all": [title("engineer")]}, "title:engineer"),
    ('title:"staff engineer"', {"all": [title("staff engineer")]}, 'title:"staff engineer"'),
    ("title:engineer remote", {"all": [title("engineer"), "remote"]}, "title:engineer remote"),
    ("title:(senior or staff)", {"any": [title("senior"), title("staff")]}, "title:(senior or staff)"),
    ("title:(senior staff)", {"all": [title("senior"), title("staff")]}, "title:senior title:staff"),
    ("-title:senior", {"none": [title("senior")]}, "-title:senior"),
    ("title:-senior", {"none": [title("senior")]}, "-title:senior"),
    ("title:(not senior)", {"none": [title("senior")]}, "-title:senior"),
    ("title:(a or b) (c or d)", {"all": [{"any": [title("a"), title("b")]}, {"any": ["c", "d"]}]}, "title:(a or b) (c or d)"),
    ("title:(lead or company:acme)", {"any": [title("lead"), {"term": "acme", "scope": "company"}]}, "title:lead or company:acme"),
    ("title:develop*", {"all": [{"term": "develop", "scope": "title", "prefix": True}]}, "title:develop*"),
    ("companies:acme skills:go locations:oslo",
     {"all": [{"term": "acme", "scope": "company"}, {"term": "go", "scope": "skill"}, {"term": "oslo", "scope": "location"}]},
     "company:acme skill:go location:oslo"),
    ("job title", {"all": ["job", "title"]}, "job title"),
    ('+python +"x y"', {"all": ["python", "x y"]}, 'python "x y"'),
    ("C C++ c# F# .NET Node.js ASP.NET", {"all": ["C", "C++", "c#", "F#", ".NET", "Node.js", "ASP.NET"]},
     "C C++ c# F# .NET Node.js ASP.NET"),
    ("R&D AT&T", {"all": ["R&D", "AT&T"]}, "R&D AT&T"),
    ("front-end e-mail front–end", {"all": ["front-end", "e-mail"]}, "front-end e-mail"),
    ("Ph.D. U.S. St.", {"all": ["Ph.D.", "U.S.", "St."]}, "Ph.D. U.S. St."),
    ("senior—remote", {"all": ["senior", "remote"]}, "senior remote"),
    ("ML — Engineer― a", {"all": ["ML", "Engineer", "a"]}, "ML Engineer a"),
    ('"x"—y (z)—b', {"all": ["x", "y", "z", "b"]}, "x y z b"),
    ("engineer —senior", {"all": ["engineer"], "none": ["senior"]}, "engineer -senior"),
    ("―senior engineer,—junior", {"all": ["engineer"], "none": ["senior", "junior"]}, "engineer -senior -junior"),
    ('(—a b) —"on call" —(c or d)', {"all": ["b"], "none": ["a", "on call", "c", "d"]}, 'b -a -"on call" -c -d'),
    ("title:—senior a —.NET", {"all": ["a"], "none": [title("senior"), ".NET"]}, "a -title:senior -.NET"),
    ("a ——b —-c", {"all": ["a"], "none": ["b", "c"]}, "a -b -c"),
    ('"machine —learning"', {"all": ["machine learning"]}, '"machine learning"'),
    ("9:30 16:9 std::sort", {"all": ["9:30", "16:9", "std::sort"]}, '"9:30" "16:9" "std::sort"'),
    ("1,000 users,2", {"all": ["1,000", "users", "2"]}, '"1,000" users 2'),
    ("機械学習 São", {"all": ["機械学習", "São"]}, "機械学習 São"),
    ("Software Engineer - Machine Learning", {"all": ["Software", "Engineer", "Machine", "Learning"]},
     "Software Engineer Machine Learning"),
    ("ML Engineer – Search & Ads", {"all": ["ML", "Engineer", "Search", "Ads"]}, "ML Engineer Search Ads"),
    ("Engineer • Remote", {"all": ["Engineer", "Remote"]}, "Engineer Remote"),
    ("Engineer | Remote", {"any": ["Engineer", "Remote"]}, "Engineer or Remote"),
    ("a · b / c + d @ e > f * g # h 🚀 i … j -- k -> l !!! m", {"all": [*"abcdefghijklm"]}, "a b c d e f g h i j k l m"),
    ("- a\n- b\t* c *", {"all": ["a", "b", "c"]}, "a b c"),
    ("Engineer • (Remote) - (a) *(b) •“c d”", {"all": ["Engineer", "Remote", "a", "b", "c d"]}, 'Engineer Remote a b "c d"'),
    ("a & - b or … c", {"any": [{"all": ["a", "b"]}, "c"]}, "a b or c"),
    ("👩\u200d💻 engineer ❤️ 🚀rocket", {"all": ["engineer", "🚀rocket"]}, 'engineer "🚀rocket"'),
    ("R & D", {"all": ["R&D"]}, "R&D"),
    ("AT & T, q & a; M  &  A", {"all": ["AT&T", "q&a", "M&A"]}, "AT&T q&a M&A"),
    ("-R &D title:R & D/Engineering", {"any": [title("R&D"), title("Engineering")], "none": ["R&D"]},
     "title:(R&D or Engineering) -R&D"),
    ("R & Dart, CR & D, Q & Ada", {"all": ["R", "Dart", "CR", "D", "Q", "Ada"]}, "R Dart CR D Q Ada"),
    ('"R & D"', {"all": ["R & D"]}, '"R & D"'),
    ("C ++ -c # (F #)", {"all": ["C++", "F#"], "none": ["c#"]}, "C++ F# -c#"),
    ("C/C ++ developer", {"all": ["developer"], "any": ["C", "C++"]}, "developer (C or C++)"),
    ("C ++/Java", {"any": ["C++", "Java"]}, "C++ or Java"),
    ("abc ++ C #1 C + +", {"all": ["abc", "C", "#1"]}, 'abc C "#1"'),
    ("data engineer or data scientist -senior",
     {"any": [{"all": ["data", "engineer"]}, {"all": ["data", "scientist"]}], "none": ["senior"]},
     "(data engineer or data scientist) -senior"),
    ("a or b and not c, -(d e) title:-f", {"any": ["a", "b"], "none": ["c", {"all": ["d", "e"]}, title("f")]},
     "(a or b) -c -(d e) -title:f"),
    ("a or b -(c or d) -AI/ML", {"any": ["a", "b"], "none": ["c", "d", "AI", "ML"]}, "(a or b) -c -d -AI -ML"),
    ("x (a or b -c)", {"all": ["x"], "any": ["a", "b"], "none": ["c"]}, "x (a or b) -c"),
    ("-(a or b -c)", {"none": [{"any": ["a", "b"], "none": ["c"]}]}, "-((a or b) -c)"),
    ("title:(a or b -c)", {"any": [title("a"), title("b")], "none": [title("c")]}, "title:(a or b) -title:c"),
    ("a or (b -c)", {"any": ["a", {"all": ["b"], "none": ["c"]}]}, "a or (b -c)"),
    ("a -x or b -y", {"any": [{"all": ["a"], "none": ["x"]}, {"all": ["b"], "none": ["y"]}]}, "(a -x) or (b -y)"),
    ("(a -x) or b -y", {"any": [{"all": ["a"], "none": ["x"]}, {"all": ["b"], "none": ["y"]}]}, "(a -x) or (b -y)"),
    ("-a or b -c", {"any": [{"none": ["a"]}, {"all": ["b"], "none": ["c"]}]}, "-a or (b -c)"),
    ("a or -b c", {"any": ["a", {"all": ["c"], "none": ["b"]}]}, "a or (c -b)"),
    ("a or (b or c -d)", {"any": ["a", {"any": ["b", "c"], "none": ["d"]}]}, "a or ((b or c) -d)"),
    ("a or b not not c", {"any": ["a", {"all": ["b", "c"]}]}, "a or b c"),
    ("location: Seattle, WA", {"all": [located("Seattle, WA")]}, 'location:"Seattle, WA"'),
    ("location:New York, NY engineer", {"all": [located("New York, NY"), "engineer"]}, 'location:"New York, NY" engineer'),
    ("-location:seattle,WA", {"none": [located("seattle,WA")]}, '-location:"seattle,WA"'),
    ("(location:St. Louis, MO or location:Portland, OR)", {"any": [located("St. Louis, MO"), located("Portland, OR")]},
     'location:("St. Louis, MO" or "Portland, OR")'),
    ("location:Oslo, OR location:Bergen", {"any": [located("Oslo"), located("Bergen")]}, "location:(Oslo or Bergen)"),
    ("location:Boston OR Seattle, WA", {"any": [located("Boston"), {"all": ["Seattle", "WA"]}]}, "location:Boston or Seattle WA"),
    ("location:Seattle, AI", {"all": [located("Seattle"), "AI"]}, "location:Seattle AI"),
    ("location:Seattle, python", {"all": [located("Seattle"), "python"]}, "location:Seattle python"),
    ("company:Google, Meta", {"all": [{"term": "Google", "scope": "company"}, "Meta"]}, "company:Google Meta"),
    ("title:Seattle, WA", {"all": [title("Seattle"), "WA"]}, "title:Seattle WA"),
    ("(((((((a)))))))", {"all": ["a"]}, "a"),
    ("AI/ML", {"any": ["AI", "ML"]}, "AI or ML"),
    ("engineer C/C++", {"all": ["engineer"], "any": ["C", "C++"]}, "engineer (C or C++)"),
    ("-AI/ML", {"none": ["AI", "ML"]}, "-AI -ML"),
    ("title:AI/ML", {"any": [title("AI"), title("ML")]}, "title:(AI or ML)"),
    ("front/back*", {"any": ["front", beginning("back")]}, "front or back*"),
    ('"AI/ML"', {"all": ["AI/ML"]}, '"AI/ML"'),
    ("CI/CD tcp/ip UI/UX A/B I/O PL/SQL 24/7 9/11 S/4HANA N/A TS/SCI",
     {"all": ["CI/CD", "tcp/ip", "UI/UX", "A/B", "I/O", "PL/SQL", "24/7", "9/11", "S/4HANA", "N/A", "TS/SCI"]},
     "CI/CD tcp/ip UI/UX A/B I/O PL/SQL 24/7 9/11 S/4HANA N/A TS/SCI"),
    ("/etc a//b", {"all": ["/etc", "a//b"]}, '"/etc" a//b'),
    ("zero\u200bwidth", {"all": ["zero", "width"]}, "zero width"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "tree", "canonical"), TYPED, ids=[row[0] for row in TYPED])
def test_text_means_what_a_person_means_and_is_written_in_one_way(text: str, tree: dict[str, Any], canonical: str) -> None:
    read = parse(text)
    assert read == Keywords.model_validate(tree)
    assert written(read) == canonical
    assert parse(canonical) == read
    assert normal(read) == read
    assert Filter.model_validate_json(Filter(keywords=read).model_dump_json()).keywords == read


WRONG: list[tuple[str, int, str, str]] = [
    ("", 0, "nothing is asked for", "write a word"),
    (" , ;", 0, "nothing is asked for", "write a word"),
    ("(a or b", 7, 'a ")" is missing', "the group that begins at character 1"),
    ("a (b (c) d", 10, 'a ")" is missing', "the group that begins at character 3"),
    ("a) b", 1, 'a ")" closes nothing', 'put a "(" before'),
    ("a () b", 2, "a group is empty", "between the parentheses"),
    ("title:()", 6, "a group is empty", "between the parentheses"),
    ('a "b c', 2, "a quotation mark is not closed", 'put a "'),
    ("a “b c", 2, "a quotation mark is not closed", 'put a "'),
    ('a ""', 2, "the quotes are empty", "between the quotes"),
    ('a "  "', 2, "the quotes are empty", "between the quotes"),
    ('a "..."', 2, "no letter or digit", "between the quotes"),
    ("a and", 2, '"and" has nothing after it', '"and" in quotes'),
    ("a AND", 2, '"AND" has nothing after it', '"AND" in quotes'),
    ("or a", 0, '"or" has nothing before it', "a word on both sides"),
    ("a (or b)", 3, '"or" has nothing before it', "a word on both sides"),
    ("(a or) b", 3, '"or" has nothing after it', "a word on both sides"),
    ("a or or b", 5, '"or" stands right after "or"', "one of them is enough"),
    ("a and or b", 6, '"or" stands right after "and"', "one of them is enough"),
    ("a ||| b | | c", 10, '"|" stands right after "|"', "one of them is enough"),
    ("& a", 0, '"&" has nothing before it', "a word on both sides"),
    ("not", 0, '"not" has nothing after it', "a word after it"),
    ("a not or b", 2, '"not" has nothing after it', "a word after it"),
    ("- • …", 0, "nothing is asked for", "write a word"),
    ("*", 0, "nothing is asked for", "write a word"),
    ("🚀", 0, "nothing is asked for", "write a word"),
    ("a (-) b", 2, "a group is empty", "between the parentheses"),
    ("a or -", 2, '"or" has nothing after it', "a word on both sides"),
    ("a not - or b", 2, '"not" has nothing after it', "a word after it"),
    ("title: -", 0, '"title:" has nothing after it', "title:engineer"),
    ("--a", 0, 'more than one sign stands before "a"', "-word"),
    ("a -+b", 2, 'more than one sign stands before "b"', "-word"),
    ("a --(b or c)", 2, "more than one sign stands before what follows", "-word"),
    ('a --"b c"', 2, "more than one sign stands before what follows", "-word"),
    ("a -—b", 2, "more than one sign stands before what follows", "-word"),
    ("C ++ R & D wo*rd", 13, "only at the end of a word", "develop*"),
    ("R & D/wo*rd", 8, "only at the end of a word", "develop*"),
    ("R & D*", 0, '"R&D*" would take far too many words', "at least 3 letters or digits"),
    ("AT & T or", 7, '"or" has nothing after it', "a word on both sides"),
    ("location:Seattle, WA or", 21, '"or" has nothing after it', "a word on both sides"),
    ("location:" + "A" * 100 + ", WA", 9, "has 104 characters, at most 100 are taken", "shorten it"),
    ("title:location:Seattle, WA", 6, '"title:" is followed by another field', "name one of them"),
    ('salary:100 "b c', 0, 'nothing can be looked for in "salary"', "for pay"),
    ('a () "b c', 2, "a group is empty", "between the parentheses"),
    ('a or "b c', 5, "a quotation mark is not closed", 'put a "'),
    ('"b salary:100', 0, "a quotation mark is not closed", 'put a "'),
    ("title:", 0, '"title:" has nothing after it', "title:engineer"),
    ("(title: )", 1, '"title:" has nothing after it', "title:engineer"),
    ("title: or b", 0, '"title:" has nothing after it', "title:engineer"),
    ("title:company:a", 6, '"title:" is followed by another field', "name one of them"),
    ("a salary:100", 2, 'nothing can be looked for in "salary"',
     "title:, company:, skill: and location: can be searched; there is a field of its own for pay"),
    ("visa:H-1B", 0, 'nothing can be looked for in "visa"', "a field of its own for visas"),
    ("city:Seattle", 0, 'nothing can be looked for in "city"', "for places, or write location:"),
    ("remote:yes", 0, 'nothing can be looked for in "remote"', "for remote, hybrid and on-site work"),
    ("employer:acme", 0, 'nothing can be looked for in "employer"', "use company:"),
    ("foo:bar", 0, 'nothing can be looked for in "foo"', 'in quotes if the ":" belongs to it'),
    ("wanted: python", 0, 'nothing can be looked for in "wanted"', "title:"),
    ("see https://x.y/z", 4, "a link cannot be looked for", "in quotes"),
    ("*word", 0, "only at the end of a word", "develop*"),
    ("a wo*rd", 4, "only at the end of a word", "develop*"),
    ("abc/x*y", 5, "only at the end of a word", "develop*"),
    ("a*", 0, '"a*" would take far too many words', "at least 3 letters or digits"),
    ("abc/de*", 4, '"de*" would take far too many words', "at least 3 letters or digits"),
    ('"machine le"*', 0, '"machine le*" would take far too many words', "at least 3 letters or digits"),
    ("+", 0, "nothing is asked for", "write a word"),
    ("a" * 401, 400, "the text has 401 characters, at most 400 are taken", "leave some out"),
    ("a " + "b" * 101, 2, "has 101 characters, at most 100 are taken", "shorten it"),
    ('"' + "b " * 60 + '"', 0, "has 119 characters, at most 100 are taken", "shorten it"),
    ("a/" + "b" * 101, 2, "has 101 characters, at most 100 are taken", "shorten it"),
    ("a " * 101, 200, "there are 101 words and phrases, at most 100 are taken", "leave some out"),
    (" ".join(f"w{n:02}" for n in range(51)), 200, "51 words and phrases stand in one list, at most 50 are taken", "leave some out"),
    ("(" * 12 + "a" + ")" * 12, 11, "more than 5 groups stand in one another", "fewer parentheses"),
    ("a or -(b -(c -(d -(e -(f g)))))", 22, "6 deep, at most 5 are taken", "fewer parentheses"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "position", "problem", "hint"), WRONG, ids=[row[0][:40] for row in WRONG])
def test_wrong_text_is_told_where_and_what_would_be_right(text: str, position: int, problem: str, hint: str) -> None:
    with pytest.raises(Misspelt) as refused:
        parse(text)
    error = refused.value
    assert (error.position, problem in error.problem, hint in error.hint) == (position, True, True), str(error)
    assert str(error).startswith(f"at character {position + 1}: {error.problem}")


def test_error_reads_as_a_sentence() -> None:
    with pytest.raises(Misspelt) as refused:
        parse("a (b or")
    assert str(refused.value) == (
        'at character 6: "or" has nothing after it; write a word on both sides, or "or" in quotes if the word is meant'
    )
    with pytest.raises(Misspelt) as refused:
        parse("a (b c d")
    assert str(refused.value) == 'at character 9: a ")" is missing; close the group that begins at character 3'


@pytest.mark.parametrize(("name", "text"), hostile().items(), ids=hostile())
def test_hostile_text_is_read_or_refused_in_words(name: str, text: str) -> None:
    answer = read_or_refused(text)
    if isinstance(answer, Misspelt):
        assert 0 <= answer.position <= min(len(text), MAXIMUM_LENGTH)
        assert len(answer.problem) < 200
    else:
        assert Filter(keywords=answer)
        assert normal(answer) == answer


def read_or_refused(text: str) -> Keywords | Misspelt:
    try:
        return parse(text)
    except Misspelt as error:
        return error


TREES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {}, ""),
    ({"all": ["  a \n b "]}, {"all": ["a b"]}, '"a b"'),
    ({"all": ['"machine learning"', "“x”"]}, {"all": ["machine learning", "x"]}, '"machine learning" x'),
    ({"all": ["learn*", "-a", "a:b", "not", "a/b", "x/y"]}, {"all": ["learn", "-a", "a:b", "not", "a/b", "x/y"]},
     'learn "-a" "a:b" "not" a/b "x/y"'),
    ({"all": [{"term": "x"}]}, {"all": ["x"]}, "x"),
    ({"all": [{"term": "24/70", "prefix": True}]}, {"all": [beginning("24/70")]}, "24/70*"),
    ({"all": ["a", {}]}, {"all": ["a"]}, "a"),
    ({"all": ["a"], "any": ["b", {}]}, {"all": ["a"]}, "a"),
    ({"all": ["a"], "none": [{}]}, {"none": [{}]}, "-()"),
    ({"any": ["a", {"none": [{}]}]}, {"all": ["a"]}, "a"),
    ({"none": ["a", {"none": [{}]}]}, {"none": ["a"]}, "-a"),
    ({"any": ["a"]}, {"all": ["a"]}, "a"),
    ({"all": [{"any": ["a", "b"]}, "c"]}, {"all": ["c"], "any": ["a", "b"]}, "c (a or b)"),
    ({"all": [{"any": ["a", "b"]}], "any": ["c", "d"]}, {"all": [{"any": ["a", "b"]}, {"any": ["c", "d"]}]}, "(a or b) (c or d)"),
    ({"none": [{"any": ["a", "b"]}, {"none": ["c"]}]}, {"all": ["c"], "none": ["a", "b"]}, "c -a -b"),
    ({"all": ["!!!"]}, {"all": ["!!!"]}, '"!!!"'),
]  # fmt: skip


@pytest.mark.parametrize(("tree", "expected", "canonical"), TREES, ids=[row[2] or "nothing" for row in TREES])
def test_tree_has_one_normal_form_and_one_text(tree: dict[str, Any], expected: dict[str, Any], canonical: str) -> None:
    keywords = Keywords.model_validate(tree)
    assert normal(keywords) == Keywords.model_validate(expected)
    assert written(keywords) == canonical


def test_tree_that_keeps_the_limits_only_in_groups_stays_as_it_is() -> None:
    halves: list[dict[str, Any]] = [{"all": [f"{half}{n} " for n in range(50)]} for half in "ab"]
    stays = normal(Keywords.model_validate({"all": halves}))
    assert [len(entry.all) for entry in stays.all if isinstance(entry, Keywords)] == [50, 50]
    assert written(stays).startswith("(a0 a1 a2")
    assert normal(stays) == stays
