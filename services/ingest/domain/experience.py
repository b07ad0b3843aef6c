"""The years of experience that a title or a text asks for at least.

A number of years counts where it is asked of the reader: "3+ years of", "at least five years"; the age of a company, of a
contract or of an applicant does not, and neither does what is asked for one of several jobs.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from services.ingest.domain.bounds import around
from services.ingest.domain.derived import Derived
from services.ingest.domain.heading import LONGEST, named
from services.ingest.domain.vicinity import look_for, lowered, matches_near, whole
from services.ingest.domain.wish import is_wished
from services.ingest.domain.wording import wording

_NUMBERS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_MOST: Final = 25
"""Years; whoever says more speaks of a company or of a team."""
_NUMBER: Final = rf"(?:\d{{1,2}}|{'|'.join(_NUMBERS)})"
_YEARS: Final = re.compile(
    rf"(?<![\w.$€£,/-])(?P<number>{_NUMBER})(?P<plus>\s?\+|[\s-]plus|\sor more)?(?:\s?\(\d{{1,2}}\+?\))?"
    rf"(?:\s?(?P<to>-|–|—|~|to|or)\s?{_NUMBER}\s?\+?(?:\s?\(\d{{1,2}}\+?\))?)?(?:\sor more|\splus)?"
    rf"[\s-]?(?:full[- ])?(?:years?\b|yrs?\b)(?:\(s\))?['’.]?(?P<more>\+|\sor more|\splus\b|\sminimum)?"
)
_LEAD: Final = re.compile(
    r"(?:(?P<least>\b(?:at least|(?:a )?minimum(?: of)?:?|min\.?(?: of)?:?|minimally|no less than)(?: an?)?|[>≥+])"
    r"|(?P<over>\b(?:over|more than))|(?P<other>\b(?:up to|under|less than|fewer than|a further|another)|~))\s?\Z"
)
_NONE: Final = re.compile(
    r"(?<![\w-])no (?:(?:prior|previous|professional|work|working|relevant|industry) ){0,3}experience (?:is |are )?"
    r"(?:required|necessary|needed)"
)
_YEAR: Final = look_for("year", "yr")
_NO: Final = look_for("no experience", "no prior", "no previous", "no professional", "no work", "no relevant", "no industry")

_BEFORE: Final = 70
_BEHIND: Final = 110
_SAID: Final = wording("experience")
_NOT_THE_READER: Final = re.compile(rf"\b{_SAID['not_the_reader']}")
_READER: Final = re.compile(rf"\b{_SAID['reader']}\b")
_NOT_ASKED: Final = re.compile(
    r"(?:\b(?:do|does|will)(?:n['’]?t| not) (?:need|require)\b|\bno need\b|\bwithout\b|\bteam (?:with|of|that has)\b)"
    r"[^.:\n]{0,24}\Z|"
    r"\bif you(?:['’]ve| have| had)\b[^,]{0,20}\Z|\b(?:hopefully|stay(?:ing)?|commit\w*|stint)\b[^.]{0,20}\Z"
    rf"|\b{_SAID['jobs']}\b(?:[^.:\n]{{0,25}}:\s*|\s?\([^.:()\n]{{0,80}})\Z"
)
"""Before the years; at last where a text lists several jobs: "Analyst: 4+ years"."""
_OF_OTHER_THINGS: Final = re.compile(rf"[\s-]?{_SAID['other_things']}")
_EXPERIENCE: Final = re.compile(r"\b(?:experienced?|exp|expertise|background|hands-on|track record|professional(?:ly)?)\b")
_WORK: Final = re.compile(rf"\s?{_SAID['work']}")
_WORK_OF_A_RANGE: Final = re.compile(r"\s(?:of|in|with|working|building|developing|designing|programming)\b")

_LABEL: Final = re.compile(r"\bexperience(?: required| needed)?\s?:\s?\Z")
_OF_AN_ITEM: Final = re.compile(r"\s(?:of|in|as) \w")
_ABOVE: Final = 1500
"""Characters above an item in which its heading stands."""

_JOB: Final = re.compile(rf"(?i)(?<![/\w]){_SAID['jobs']}\b")
_LAST_JOB: Final = re.compile(rf"{_JOB.pattern}\s*(?:\(.*)?\Z")
_BETWEEN: Final = re.compile(r"[,;&+]|\b(?:and|or)\b")
"""Jobs of a title: "Engineer/Analyst" is one."""
_ITEMS: Final = 20
"""Items above one that are passed over on the way to their heading."""
_SEVERAL: Final = re.compile(r"(?i)\b(?:multiple|various|several) (?:positions|roles|openings|jobs)\b")
_FOLLOWING: Final = re.compile(r"(?i)\bfollowing (?:[\w-]+ ){0,2}(?:positions|roles|openings|jobs|vacancies)\b")
_JOB_OF_A_LIST: Final = re.compile(rf"(?im)^[-*•+#] ?(?:an? )?[\w/+#.&() -]{{0,40}}?\b{_SAID['jobs']}\b(?! experience)")


def experience_in(title: str, text: str) -> Derived[int] | None:
    """The title's, which speaks of the job as a whole; else the largest of the years that the text demands.

    Demands hold together: of "3 years as an engineer, 5 years of Kafka" it takes 5 to have the job. Of a range it is the lower
    end. Of steps that go with degrees ("bachelor and 5 years, or master and 3") it is the longest, which goes with the least
    degree: so that this and `degree_in` tell of one person. Where experience stands in for a degree, those years count as well.
    Wishes do not. "No experience required" is 0 where no years are asked. Where several jobs are listed, years of one of them
    say nothing of the others.
    """
    if "|" not in title and (found := next(_asked(title), None)):
        return found._replace(where="title")
    if _SEVERAL.search(title) or ("|" in title and len(_JOB.findall(title)) > 1) or _FOLLOWING.search(text):
        return _agreed(list(_asked(text)))
    asked = _asked(text)
    if "|" not in title and sum(bool(_LAST_JOB.search(part)) for part in _BETWEEN.split(title)) > 1:
        return next((found for found in asked if not _speaks_of_a_job(text, found.start)), None)
    first = next(asked, None)
    if not first or not _names_a_job(text, first.start) or not _lists_jobs(text):
        return first
    return next((found for found in asked if not _names_a_job(text, found.start)), None)


def _agreed(found: list[Derived[int]]) -> Derived[int] | None:
    return found[0] if len(found) > 1 and len({one.value for one in found}) == 1 else None


def _speaks_of_a_job(text: str, start: int) -> bool:
    """Whether the line names a job, or the heading above the item that it is: "we need a pilot with 3+ years"."""
    begin, end = text.rfind("\n", 0, start) + 1, text.find("\n", start)
    if _JOB.search(text, begin, end if end >= 0 else len(text)):
        return True
    above = begin
    for _ in range(_ITEMS):
        if not above or not text.startswith(("- ", "\n"), above):
            break
        above, last = text.rfind("\n", 0, above - 1) + 1, above - 1
    return above < begin and text[:last].endswith(":") and bool(_JOB.search(text, above, last))


def _names_a_job(text: str, start: int) -> bool:
    """Whether the item's line does, before what stands there."""
    return bool(_JOB_OF_A_LIST.match(text, text.rfind("\n", 0, start) + 1, start))


def _lists_jobs(text: str) -> bool:
    return any(True for _ in islice(_JOB_OF_A_LIST.finditer(text), 1, None))


def _asked(text: str) -> Iterator[Derived[int]]:
    """From the longest to the shortest."""
    lower = lowered(text)
    for one in _longest_first(whole(matches_near(_YEARS, lower, _YEAR, before=26, after=16))):
        lead = _LEAD.search(lower, max(0, one.start() - 20), one.start())
        start = lead.start() if lead else one.start()
        if _is_asked(lower, start, one, lead) and not is_wished(text, start, one.end()):
            yield Derived(_number(one), start, one.end())
    for none in matches_near(_NONE, lower, _NO, before=0, after=90):
        if not is_wished(text, *none.span(), until=none.end()):
            yield Derived(0, *none.span())


def _longest_first(mentions: Iterable[re.Match[str]]) -> list[re.Match[str]]:
    return sorted((one for one in mentions if _number(one) <= _MOST), key=lambda one: (-_number(one), one.start()))


def _is_asked(lower: str, start: int, one: re.Match[str], lead: re.Match[str] | None) -> bool:
    begin, last = around(lower, start, one.end(), before=_BEFORE, behind=_BEHIND)
    before, behind = lower[begin:start], lower[one.end() : last]
    if (lead and lead["other"]) or _OF_OTHER_THINGS.match(behind) or _NOT_ASKED.search(before):
        return False
    is_aside = _NOT_THE_READER.search(before) or (lead and lead["over"] and before.strip())
    if is_aside and not _READER.search(before):
        return False
    if _LABEL.search(before) or _EXPERIENCE.search(behind):
        return True
    is_open = one["plus"] or one["more"] or (lead and lead["least"])
    if (is_open and _WORK.match(behind)) or (one["to"] not in (None, "or") and _WORK_OF_A_RANGE.match(behind)):
        return True
    return bool(_OF_AN_ITEM.match(behind)) and _is_required_item(lower, start)


def _is_required_item(lower: str, start: int) -> bool:
    """Whether a line begins with the years, and stands below a heading of requirements: "Five years of surveying"."""
    begin = lower.rfind("\n", 0, start) + 1
    if lower[begin:start].strip("-*•· "):
        return False
    above = reversed(lower[max(0, begin - _ABOVE) : begin].split("\n"))
    headings = (named(line) for line in above if 0 < len(line) <= LONGEST and not line.startswith("- "))
    return next((one.kind for one in headings if one.is_whole), None) == "requirements"


def _number(one: re.Match[str]) -> int:
    word = one["number"]
    return int(word) if word.isdigit() else _NUMBERS.index(word)
