"""Why a clause holds, in words: what the posting says and, where that tells more, what was asked."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from schemas.filter import codes
from schemas.filter import description as told
from schemas.filter.area import area
from schemas.filter.money import PERIODS_A_YEAR, converted, rates, upper_end
from schemas.filter.phrases import (
    DEGREES,
    EMPLOYMENT_TYPES,
    PERIODS,
    SENIORITIES,
    SPONSORSHIP,
    WORKPLACES,
    count,
    either,
    money,
    pay_range,
    quoted,
)
from schemas.filter.tree import Filter, Keywords, MinimumPay, Titles
from schemas.places import gazetteer
from schemas.posting import Pay, PostingSummary
from schemas.words import asked, lines

Words = Callable[[Filter, PostingSummary], str]


def keywords(wanted: Filter, _: PostingSummary) -> str:
    keywords = wanted.keywords or Keywords()
    parts = [f"has {told.entry(entry)}" for entry in keywords.all]
    if keywords.any:
        parts.append("has one of " + ", ".join(map(told.entry, keywords.any)))
    if keywords.none:
        parts.append("has none of " + ", ".join(map(told.entry, keywords.none)))
    return "; ".join(parts) or "has your keywords"


def title(wanted: Filter, posting: PostingSummary) -> str:
    """Names the words of the title that were asked for; all of them where the title was another one then."""
    titles, words = wanted.titles or Titles(), lines(posting.title)
    named = [term for term in titles.include if asked(term) in words] or titles.include
    parts = [f"its title has {either(quoted(named))}"] if named else []
    if titles.exclude:
        parts.append(f"its title has none of {', '.join(quoted(titles.exclude))}")
    return "; ".join(parts) or "its title has your words"


def fitting(wanted: Filter, posting: PostingSummary) -> Iterator[str]:
    """The posting's places that were asked for, with the area that they are in where another name was given."""
    for place in posting.locations():
        spot = gazetteer().locate(place.city, place.state, place.country)
        for one in wanted.places:
            if area(one).holds(spot) and (not one.workplaces or (posting.workplace or "on_site") in one.workplaces):
                around = f" ({told.place(one)})" if one.metro or one.within else ""
                yield place.words() + around
                break


def place(wanted: Filter, posting: PostingSummary) -> str:
    named = list(fitting(wanted, posting)) or [one.words() for one in posting.locations()] or ["a place you named"]
    where = "; ".join(dict.fromkeys(named))
    return f"is remote, from {where}" if posting.workplace == "remote" else f"is in {where}"


def workplace(_: Filter, posting: PostingSummary) -> str:
    return f"is {WORKPLACES[posting.workplace or 'on_site']}"


def visa(wanted: Filter, posting: PostingSummary) -> str:
    stated = posting.verdict.sponsorship
    named = [visa for visa in stated.visas if visa in wanted.visa_types]
    may = "may sponsor" if stated.value == "conditional" else "sponsors"
    return f"{may} {', '.join(named)}" if named else f"{may} a visa (the posting names no type)"


def verdict(_: Filter, posting: PostingSummary) -> str:
    return SPONSORSHIP[posting.verdict.sponsorship.value]


CLEARANCES: Final = {
    "active_required": "needs an active security clearance",
    "must_obtain": "needs a security clearance, to be obtained",
    "preferred": "prefers a security clearance, and does not need one",
    "none": "asks for no security clearance",
}


def minimum(minimum: MinimumPay | None) -> str:
    return f"{money(minimum.amount, minimum.currency)} {PERIODS[minimum.period]}" if minimum else "your minimum"


def pay(wanted: Filter, posting: PostingSummary) -> str:
    stated = pay_range(posting.pay) if posting.pay else "enough"
    return f"pays {stated}, {pay_asked(wanted, posting)}"


def pay_asked(wanted: Filter, posting: PostingSummary) -> str:
    minimum_pay = wanted.minimum_pay
    return f"you asked for at least {minimum(minimum_pay)}" + (
        _same(posting.pay, minimum_pay) if posting.pay and minimum_pay else ""
    )


def _same(stated: Pay, asked_for: MinimumPay) -> str:
    """The upper end in the currency and period that were asked for, where those are others, so that the two can be compared."""
    if (stated.currency, stated.period) == (asked_for.currency, asked_for.period):
        return ""
    end = upper_end(stated) * PERIODS_A_YEAR[stated.period] / PERIODS_A_YEAR[asked_for.period]
    about = converted(end, stated.currency, asked_for.currency) if stated.currency != asked_for.currency else end
    if about is None:
        return ""
    on = "" if stated.currency == asked_for.currency else f" at the rates of {rates().on:%Y-%m-%d}"
    said = f"{money(upper_end(stated), stated.currency)} {PERIODS[stated.period]}"
    return f" ({said} is {money(about, asked_for.currency)} {PERIODS[asked_for.period]}{on})"


def pay_unstated(wanted: Filter, posting: PostingSummary) -> str:
    if posting.pay is None:
        return "does not state its pay"
    return f"states its pay as {pay_range(posting.pay)}, which does not compare with {minimum(wanted.minimum_pay)}"


def employment(_: Filter, posting: PostingSummary) -> str:
    return f"is {', '.join(EMPLOYMENT_TYPES[kind] for kind in posting.employment_types) or 'of a kind you named'}"


def skills(wanted: Filter, _: PostingSummary) -> str:
    return f"mentions {'; '.join(told.skills(wanted)) or 'your skills'}"


def occupation(_: Filter, posting: PostingSummary) -> str:
    return f"is filed under occupation {posting.occupation or 'you named'} (SOC 2018)"


def seniority(_: Filter, posting: PostingSummary) -> str:
    level = posting.level()
    return f"its level is {SENIORITIES[level] if level else 'one you named'}"


def degree(_: Filter, posting: PostingSummary) -> str:
    return f"asks for {DEGREES[posting.degree] if posting.degree else 'no higher degree than yours'}"


def experience(_: Filter, posting: PostingSummary) -> str:
    years = posting.experience_years
    if not years:
        return "asks for no experience" if years == 0 else "asks for no more experience than yours"
    return f"asks for {count(years, 'year')} of experience"


def approvals(wanted: Filter, posting: PostingSummary) -> str:
    asked, history = wanted.employer_approvals, posting.sponsor_history
    if asked is None or history is None:
        return "its employer had H-1B petitions approved"
    first, last = history.newest_year - asked.years + 1, history.newest_year
    when = f"in fiscal year {last}" if first == last else f"in the fiscal years {first} to {last}"
    return f"its employer had {count(history.approvals(asked.years), 'H-1B petition')} approved {when}"


def wage_level(_: Filter, posting: PostingSummary) -> str:
    return f"its pay reaches prevailing-wage level {posting.wage_level or 'enough'} of 4"


def language(_: Filter, posting: PostingSummary) -> str:
    return f"is written in {told.language(posting.language) if posting.language else 'a language you named'}"


def posted(_: Filter, posting: PostingSummary) -> str:
    return f"is dated {posting.posted_on:%Y-%m-%d}" if posting.posted_on else "is new"


def within(wanted: Filter) -> str:
    return f"at most {count(wanted.posted_within or 1, 'day')} old"


WHY: Final[Mapping[str, Words]] = {
    codes.KEYWORDS: keywords,
    codes.TITLE: title,
    codes.PLACE: place,
    codes.WORKPLACE: workplace,
    codes.WORKPLACE + codes.UNSTATED: lambda _, __: "does not say where the work is done, which is taken as on site",
    codes.VISA: visa,
    codes.VERDICT: verdict,
    codes.VERDICT + codes.UNSTATED: lambda _, __: "says nothing of sponsorship: it neither offers nor refuses it",
    codes.CITIZENSHIP: lambda _, __: "asks for no citizenship or permanent residence",
    codes.CLEARANCE: lambda _, posting: CLEARANCES[posting.verdict.clearance.value],
    codes.PAY: pay,
    codes.PAY + codes.UNSTATED: lambda wanted, posting: f"{pay_unstated(wanted, posting)} (you keep such postings)",
    codes.EMPLOYMENT: employment,
    codes.COMPANY: lambda _, posting: f"is at {posting.company}",
    codes.SKILLS: skills,
    codes.OCCUPATION: occupation,
    codes.SENIORITY: seniority,
    codes.DEGREE: degree,
    codes.DEGREE + codes.UNSTATED: lambda _, __: "names no degree that it asks for",
    codes.EXPERIENCE: experience,
    codes.EXPERIENCE + codes.UNSTATED: lambda _, __: "names no years of experience that it asks for",
    codes.APPROVALS: approvals,
    codes.WAGE_LEVEL: wage_level,
    codes.SOURCE: lambda _, posting: f"comes from {posting.source}",
    codes.LANGUAGE: language,
    codes.LANGUAGE + codes.UNSTATED: lambda _, __: "does not say in which language it is written",
    codes.POSTED: lambda wanted, posting: f"{posted(wanted, posting)}, {within(wanted)} when it came in",
    codes.POSTED + codes.UNSTATED: lambda _, __: "has no date of its own, and is new here",
    codes.EVERYTHING: lambda _, __: "your filter takes every posting",
}
