"""What a filter means, written a second time: on plain JSON, with regular expressions, sharing no code with the matcher.

It is slow and simple on purpose; tests compare the system's answers with it. It reads the data that the language names (rates, skills,
places) in a way of its own, and takes a posting that lacks members for one that does not say.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from tests.support.whereabouts import ROOT, Json, bare, is_done_so, is_wanted, places_of, plain, state_of, words_of

YEAR = {"hour": 2080, "day": 260, "week": 52, "month": 12, "year": 1}
DEGREES = ["none", "associate", "bachelor", "master", "doctorate"]
NOT_REFUSED = ["offered", "conditional", "contradictory", "unstated"]


def clauses_held(wanted: Json, posting: Json, *, today: date | None = None) -> dict[str, bool]:
    """For each clause of the filter whether it holds. `posting` is `schemas.posting.Posting` as JSON, `today` the day it is published.

    Raises `ValueError` where the filter asks for `posted_within` and nobody said what day it is.
    """
    asked = {name: value for name, value in wanted.items() if name != "version" and value not in (None, [], (), {})}
    if wanted.get("version", 1) > 1 and not asked.keys() & {"visa_types", "accepted_verdicts"}:
        asked["accepted_verdicts"] = NOT_REFUSED
    if "minimum_pay" in asked and wanted.get("version", 1) == 1:
        asked["minimum_pay"] = asked["minimum_pay"] | {"own currency only": True}
    if "posted_within" in asked:
        asked["posted_within"] = (asked["posted_within"], today)
    return {name: CLAUSES[name](value, posting) for name, value in asked.items()}


def matches(wanted: Json, posting: Json, *, today: date | None = None) -> bool:
    """Whether every clause holds."""
    return all(clauses_held(wanted, posting, today=today).values())


# Words


WORD = re.compile(r"\.net\b|[a-z0-9]+(?:\.(?:js|net|io|ai)\b)?(?:\+\+|#)?")
ENDS = r"(?![a-z0-9])(?!\+\+|#|\.(?:js|net|io|ai)\b)"
COMPOUNDS = {("front", "end"), ("back", "end"), ("full", "stack")}
LANGUAGES = {
    "c": r"(?<![\w.&'’-])(?<!Objective )C(?![\w+#&'’]|-\w|\.\w)|^(?i:c)$",
    "r": r"(?<![\w.&'’-])R(?![\w&'’]|-\w|\.\w|\s?\\?&)|^(?i:r)$",
    "go": r"(?<![\w-])(?:Go(?![\w-]|\s+to\b)|(?i:golang)(?!\w))|^(?i:go)$",
}
LANGUAGES["golang"] = LANGUAGES["go"]
INITIAL = re.compile(r"(\b[A-Z][a-z]+) [CR]\. (?=[A-Z])")


@cache
def _pattern(term: str, *, prefix: bool) -> re.Pattern[str]:
    """The term with nothing of a longer word at either end: "C" is neither in "C++" nor in "scala", ".NET" not in "ASP.NET"."""
    said = plain(term)
    if said in LANGUAGES and not prefix:
        return re.compile(LANGUAGES[said])
    words = WORD.findall(said)
    inner = r"[^a-z0-9]+".join(_compounds(words[:-1] if prefix else words))
    if prefix and words:
        inner = r"[^a-z0-9]+".join(filter(None, [inner, re.escape(words[-1]) + "[a-z0-9]*"]))
    before = r"(?<![a-z0-9])(?<![a-z0-9]\.(?=js|net|io|ai))"
    return re.compile(rf"(?i:{before}(?:{inner}){'' if prefix else ENDS})" if words else r"(?!)")


def _compounds(words: list[str]) -> Iterator[str]:
    """Words as regular expressions, two that make a compound as one."""
    left = list(words)
    while left:
        first, second = left[0], left[1] if left[1:] else ""
        pair = next((pair for pair in COMPOUNDS if _singular(first) == "".join(pair)), (first, _singular(second)))
        is_pair = pair in COMPOUNDS
        yield rf"{pair[0]}[\s-]*{pair[1]}s?" if is_pair else _word(first)
        del left[: 2 if is_pair and pair[0] == first else 1]


def _word(word: str) -> str:
    """It or its plural, or what it is the plural of."""
    if word in ("nodejs", "node.js"):
        return r"node\.?js"
    if word in ("react", "reactjs", "react.js"):
        return r"react(?:\.?js)?"
    one = _singular(word)
    if not one.isalpha() or len(one) < 3:
        return re.escape(one)
    if one.endswith("y"):
        return f"{one[:-1]}(?:y|ys|ies)"
    return one + ("(?:es)?" if re.search("(?:s|x|z|ch|sh)$", one) else "s?")


def _singular(word: str) -> str:
    if re.search("[a-z]{2}ies$", word):
        return word[:-3] + "y"
    if re.search("(?:ss|x|z|ch|sh)es$", word):
        return word[:-2]
    return word[:-1] if re.search("[a-z]{3}(?<!s)(?<!u)(?<!i)(?<!ic)s$", word) else word


@cache
def _occurs(term: str, fields: tuple[str, ...], *, prefix: bool = False) -> bool:
    """Whether the term stands in one of the fields: it never spans two."""
    pattern = _pattern(term, prefix=prefix)
    return any(pattern.search(_readable(field)) for field in fields)


@cache
def _readable(field: str) -> str:
    """Without middle initials, which are not the languages."""
    return INITIAL.sub(r"\1 ", bare(field))


def _fields(post: Json, scope: str | None) -> tuple[str, ...]:
    title, company, skills = post["title"], post["company"], post.get("skills", ())
    if scope == "location":
        return (*(name for place in places_of(post) for name in words_of(place)), post.get("workplace") or "")
    scoped = {"title": (title,), "company": (company,), "skill": tuple(skills)}
    return scoped[scope] if scope else (title, company, *skills, post.get("text", ""))


def _entry(entry: Any, post: Json) -> bool:
    if isinstance(entry, str):
        return _occurs(entry, _fields(post, None))
    if entry.get("scope") == "skill" and not entry.get("prefix"):
        return any(_occurs(name, _fields(post, "skill")) for name in _names(entry["term"]))
    if "term" in entry:
        return _occurs(entry["term"], _fields(post, entry.get("scope")), prefix=entry.get("prefix", False))
    return _keywords(entry, post)


def _keywords(want: Json, post: Json) -> bool:
    return (
        all(_entry(entry, post) for entry in want.get("all", ()))
        and (not want.get("any") or any(_entry(entry, post) for entry in want["any"]))
        and not any(_entry(entry, post) for entry in want.get("none", ()))
    )


def _titles(want: Json, post: Json) -> bool:
    included = not want.get("include") or any(_occurs(term, (post["title"],)) for term in want["include"])
    return included and not any(_occurs(term, (post["title"],)) for term in want.get("exclude", ()))


@cache
def _names(skill: str) -> frozenset[str]:
    """Every name of a skill, itself among them."""
    table = tomllib.loads((ROOT / "schemas/words/skills.toml").read_text("utf-8"))
    groups = [{plain(name), *map(plain, others)} for field in table.values() for name, others in field.items()]
    return frozenset({skill}.union(*(group for group in groups if plain(skill) in group)))


def _skills(want: Json, post: Json) -> bool:
    fields = (post["title"], *post.get("skills", ()), post.get("text", ""))

    def has(skill: str) -> bool:
        return any(_occurs(name, fields) for name in _names(skill))

    return all(map(has, want.get("all", ()))) and (not want.get("any") or any(map(has, want["any"])))


# What it says of visas, pay and itself


def _axis(post: Json, axis: str) -> Json:
    said: Json = post.get("verdict", {}).get(axis, {})
    return said


def _visas(want: list[str], post: Json) -> bool:
    said = _axis(post, "sponsorship")
    if said.get("value") not in ("offered", "conditional") or _is_abroad(post):
        return False
    return not said.get("visas") or any(visa in said["visas"] for visa in want)


def _is_abroad(post: Json) -> bool:
    """Wholly, as far as is known."""
    countries = [place.get("country") or state_of(place)[1] for place in places_of(post)]
    return bool(countries) and not {"US", "PR", "GU", "VI", "MP", ""} & set(countries)


def _hide(want: list[str], post: Json) -> bool:
    for_citizens = _axis(post, "work_status").get("value") in ("us_citizen", "us_person")
    cleared = _axis(post, "clearance").get("value") in ("active_required", "must_obtain")
    return not ("citizenship" in want and for_citizens) and not ("clearance" in want and cleared)


@cache
def _rates() -> dict[str, Decimal]:
    table = tomllib.loads((ROOT / "schemas/filter/rates.toml").read_text("utf-8"))["per_euro"]
    return {currency: Decimal(str(rate)) for currency, rate in table.items()}


def _pay(want: Json, post: Json) -> bool:
    pay, currency, rates = post.get("pay") or {}, want.get("currency", "USD"), _rates()
    foreign = pay.get("currency") != currency
    if not pay or (foreign and (want.get("own currency only") or not {pay["currency"], currency} <= rates.keys())):
        return bool(want.get("unstated", "keep") == "keep")
    end = max(Decimal(str(end)) for end in (pay.get("minimum"), pay.get("maximum")) if end is not None)
    offered = end * YEAR[pay["period"]]
    least = Decimal(str(want["amount"])) * YEAR[want.get("period", "year")]
    return offered >= least if pay["currency"] == currency else offered * rates[currency] >= least * rates[pay["currency"]]


FORMS = (
    "inc incorporated llc llp lp ltd limited corp corporation co company plc gmbh mbh kg kgaa ag ug ohg gbr se sa sas sarl srl"
)
FORMS += " spa sl bv nv ab as asa oy oyj aps kk pte pty pvt private"


@cache
def _firm(name: str) -> str:
    """A company's name without what does not matter."""
    words = re.findall(r"[a-z0-9]+", re.sub(r"['’.`]", "", plain(name)))
    while len(words) > 1 and words[-1] in FORMS.split():
        words.pop()
    return " ".join(words)


def _companies(want: Json, post: Json) -> bool:
    firm = _firm(post["company"])
    included = not want.get("include") or firm in map(_firm, want["include"])
    return included and firm not in map(_firm, want.get("exclude", ()))


def _occupations(want: list[str], post: Json) -> bool:
    """A group's code is that of its occupations up to its zeros."""
    return any((post.get("occupation") or "").startswith(code[:7].rstrip("0")) for code in want)


def _seniority(want: list[str], post: Json) -> bool:
    return (post.get("seniority") or ("intern" if "intern" in post.get("employment_types", ()) else None)) in want


def _degree(want: str, post: Json) -> bool:
    return DEGREES.index(post.get("degree") or "none") <= DEGREES.index(want)


def _approvals(want: Json, post: Json) -> bool:
    history = post.get("sponsor_history")
    if not history:
        return False
    since = history["newest_year"] - want.get("years", 3)
    approved: int = sum(one["approvals"] for one in history.get("years", ()) if one["year"] > since)
    return bool(approved >= want["at_least"])


def _posted(want: tuple[int, date | None], post: Json) -> bool:
    days, today = want
    if today is None:
        raise ValueError("posted_within is asked for: say what day it is")
    posted_on = post.get("posted_on")
    return not posted_on or (today - date.fromisoformat(posted_on)).days <= days


def _one_of(member: str) -> Callable[[list[str], Json], bool]:
    return lambda want, post: post.get(member) in want


CLAUSES: dict[str, Callable[[Any, Json], bool]] = {
    "keywords": _keywords,
    "titles": _titles,
    "places": is_wanted,
    "workplaces": is_done_so,
    "visa_types": _visas,
    "accepted_verdicts": lambda want, post: _axis(post, "sponsorship").get("value", "unstated") in want,
    "hide": _hide,
    "minimum_pay": _pay,
    "employment_types": lambda want, post: bool(set(want) & set(post.get("employment_types") or ())),
    "companies": _companies,
    "skills": _skills,
    "occupations": _occupations,
    "seniorities": _seniority,
    "maximum_degree": _degree,
    "maximum_experience": lambda want, post: (post.get("experience_years") or 0) <= want,
    "employer_approvals": _approvals,
    "minimum_wage_level": lambda want, post: (post.get("wage_level") or 0) >= want,
    "sources": lambda want, post: str(post.get("source")).casefold() in [one.casefold() for one in want],
    "languages": lambda want, post: post.get("language") in [None, *want],
    "posted_within": _posted,
}
