"""What a filter means, written a second time: on plain JSON, with regular expressions, sharing no code with the matcher.

It is slow and simple on purpose; the end-to-end tests and benchmarks compare the system's answers with it.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any

YEAR = {"hour": 2080, "day": 260, "week": 52, "month": 12, "year": 1}


def clauses_held(wanted: dict[str, Any], posting: dict[str, Any]) -> dict[str, bool]:
    """For each clause of the filter whether it holds. `posting` is `schemas.posting.Posting` as JSON."""
    checks: dict[str, Callable[[Any, dict[str, Any]], bool]] = {
        "keywords": _keywords,
        "places": _places,
        "workplaces": lambda want, post: (post["workplace"] or "on_site") in want,
        "visa_types": _visas,
        "minimum_pay": _pay,
        "employment_types": lambda want, post: any(kind in post["employment_types"] for kind in want),
        "companies": _companies,
    }
    return {name: checks[name](value, posting) for name, value in wanted.items() if value}


def matches(wanted: dict[str, Any], posting: dict[str, Any]) -> bool:
    """Whether every clause holds."""
    return all(clauses_held(wanted, posting).values())


@cache
def plain(text: str) -> str:
    """Lower case without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


@cache
def _pattern(term: str) -> re.Pattern[str]:
    """The term with nothing of a longer word at either end: "C" is neither in "C++" nor in "scala", ".NET" not in "ASP.NET"."""
    words = re.findall(r"\.net\b|[a-z0-9]+(?:\.(?:js|net|io|ai)\b)?(?:\+\+|#)?", plain(term))
    inner = r"[^a-z0-9\n]+".join(re.escape(word) for word in words)
    before = r"(?<![a-z0-9]\.)" if words and words[0] in ("js", "net", "io", "ai") else ""
    return re.compile(rf"(?<![a-z0-9]){before}{inner}(?!\+\+|#|\.(?:js|net|io|ai)\b)(?![a-z0-9])" if words else r"(?!)")


_seen: dict[tuple[str, str], bool] = {}


def _occurs(term: str, posting: dict[str, Any]) -> bool:
    """Whether the term stands in one of the fields; looked up once for each posting and what it says."""
    said = posting["title"], posting["company"], tuple(posting["skills"]), posting["text"]
    key = (term, f"{posting['id']}{hash(said)}")
    if key not in _seen:
        fields = [posting["title"], posting["company"], *posting["skills"], re.sub(r"\s+", " ", posting["text"])]
        _seen[key] = any(_pattern(term).search(plain(field)) for field in fields)
    return _seen[key]


def _keywords(want: dict[str, Any], post: dict[str, Any]) -> bool:
    return (
        all(_occurs(term, post) for term in want.get("all", ()))
        and (not want.get("any") or any(_occurs(term, post) for term in want["any"]))
        and not any(_occurs(term, post) for term in want.get("none", ()))
    )


def _places(want: list[dict[str, str]], post: dict[str, Any]) -> bool:
    there = list(post["places"])
    if post["workplace"] == "remote":
        there += [{"country": country} for country in post["remote_from"]]
    return any(
        all(plain(one[part]) == plain(place.get(part) or "") for part in one if one[part]) for one in want for place in there
    )


def _visas(want: list[str], post: dict[str, Any]) -> bool:
    said = post["verdict"]["sponsorship"]
    countries = {place["country"] for place in post["places"]} | set(post["remote_from"])
    if said["value"] not in ("offered", "conditional") or (countries and not countries & {"US", None}):
        return False
    return not said["visas"] or any(visa in said["visas"] for visa in want)


def _pay(want: dict[str, Any], post: dict[str, Any]) -> bool:
    pay = post["pay"]
    if pay is None or pay["currency"] != want.get("currency", "USD"):
        return bool(want.get("unstated", "keep") == "keep")
    end = pay["maximum"] if pay["maximum"] is not None else pay["minimum"]
    return float(end) * YEAR[pay["period"]] >= float(want["amount"]) * YEAR[want.get("period", "year")]


def _companies(want: dict[str, Any], post: dict[str, Any]) -> bool:
    def same(name: str) -> bool:
        return re.sub(r"[^a-z0-9]+", " ", plain(name)).strip() == re.sub(r"[^a-z0-9]+", " ", plain(post["company"])).strip()

    included = not want.get("include") or any(same(name) for name in want["include"])
    return included and not any(same(name) for name in want.get("exclude", ()))
