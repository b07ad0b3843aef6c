"""Why a posting matched, or why not: a stable code for each clause, and its words.

Codes travel on `matches` and stay in the ledger; words are made where somebody reads them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from schemas.filter import description as told
from schemas.filter.area import area
from schemas.filter.money import converted, rates, upper_end
from schemas.filter.phrases import DEGREES, EMPLOYMENT_TYPES, PERIODS, SENIORITIES, WORKPLACES, count, either, money, quoted
from schemas.filter.syntax import written
from schemas.filter.tree import Companies, Filter, Keywords, MinimumPay, Skills, Titles
from schemas.places import gazetteer
from schemas.posting import Pay, Place, PostingSummary

KEYWORDS: Final = "keywords"
TITLE: Final = "title"
PLACE: Final = "place"
WORKPLACE: Final = "workplace"
VISA: Final = "visa"
VERDICT: Final = "verdict"
CITIZENSHIP: Final = "citizenship"
CLEARANCE: Final = "clearance"
PAY: Final = "pay"
EMPLOYMENT: Final = "employment"
COMPANY: Final = "company"
SKILLS: Final = "skills"
OCCUPATION: Final = "occupation"
SENIORITY: Final = "seniority"
DEGREE: Final = "degree"
EXPERIENCE: Final = "experience"
APPROVALS: Final = "approvals"
WAGE_LEVEL: Final = "wage_level"
SOURCE: Final = "source"
LANGUAGE: Final = "language"
POSTED: Final = "posted"
EVERYTHING: Final = "everything"
"""The filter has no clause."""
UNSTATED: Final = ".unstated"
"""Behind a code: the posting does not say, and the language decided."""

CLAUSES: Final = (
    VISA, VERDICT, CITIZENSHIP, CLEARANCE, WORKPLACE, EMPLOYMENT, SENIORITY, OCCUPATION, SOURCE, LANGUAGE, POSTED, DEGREE,
    EXPERIENCE, WAGE_LEVEL, APPROVALS, COMPANY, PAY, PLACE, TITLE, SKILLS, KEYWORDS,
)  # fmt: skip
"""In the order in which they are told."""


def words(codes: Iterable[str], wanted: Filter, posting: PostingSummary, *, held: bool = True) -> list[str]:
    """One sentence fragment for each code, in the order given; an unknown code (from a newer matcher) is shown as it is.

    Filter and posting may be later ones than those that matched: then the words are less exact, never empty.
    """
    said = _WHY if held else _WHY_NOT
    return [said[code](wanted, posting) if code in said else code for code in codes]


def pay_words(pay: Pay) -> str:
    """ "170,000 to 216,000 USD a year"."""
    ends = [money(end, pay.currency) for end in (pay.minimum, pay.maximum) if end is not None]
    amount = ends[0] if len(set(ends)) == 1 else f"{ends[0].removesuffix(f' {pay.currency}')} to {ends[1]}"
    if len(ends) == 1:
        amount = f"{'from' if pay.maximum is None else 'up to'} {amount}"
    return f"{amount} {PERIODS[pay.period]}"


def _keywords(wanted: Filter, _: PostingSummary) -> str:
    keywords = wanted.keywords or Keywords()
    parts = [f"has {told.entry(entry)}" for entry in keywords.all]
    if keywords.any:
        parts.append("has one of " + ", ".join(map(told.entry, keywords.any)))
    if keywords.none:
        parts.append("has none of " + ", ".join(map(told.entry, keywords.none)))
    return "; ".join(parts) or "has your keywords"


def _no_keywords(wanted: Filter, _: PostingSummary) -> str:
    return f"does not fit the words you asked for: {written(wanted.keywords or Keywords()) or 'none'}"


def _title(wanted: Filter, posting: PostingSummary) -> str:
    """Names the words of the title that were asked for; all of them where only folding (plurals) made them equal."""
    titles = wanted.titles or Titles()
    named = [term for term in titles.include if term.casefold() in posting.title.casefold()]
    parts = [f"its title has {either(quoted(named or titles.include))}"] if titles.include else []
    if titles.exclude:
        parts.append(f"its title has none of {', '.join(quoted(titles.exclude))}")
    return "; ".join(parts) or "its title has your words"


def _no_title(wanted: Filter, posting: PostingSummary) -> str:
    return f'its title is "{posting.title}", you asked for {told.lists(wanted.titles or Titles(), quoted)}'


def _locations(posting: PostingSummary) -> list[Place]:
    remote = posting.remote_from if posting.workplace == "remote" else ()
    return [*posting.places, *(Place(country=country) for country in remote)]


def _fitting(wanted: Filter, posting: PostingSummary) -> Iterator[str]:
    """The posting's places that were asked for, with the area that they are in where another name was given."""
    for place in _locations(posting):
        spot = gazetteer().locate(place.city, place.state, place.country)
        for one in wanted.places:
            if area(one).holds(spot):
                around = f" ({told.place(one)})" if one.metro or one.within else ""
                yield place.words() + around
                break


def _place(wanted: Filter, posting: PostingSummary) -> str:
    fitting = list(_fitting(wanted, posting)) or [place.words() for place in _locations(posting)] or ["a place you named"]
    where = "; ".join(dict.fromkeys(fitting))
    return f"is remote, from {where}" if posting.workplace == "remote" else f"is in {where}"


def _places_asked(wanted: Filter) -> str:
    return f"you asked for {either(map(told.place, wanted.places)) if wanted.places else 'another place'}"


def _no_place(wanted: Filter, posting: PostingSummary) -> str:
    where = "; ".join(dict.fromkeys(place.words() for place in _locations(posting))) or "another place"
    how = WORKPLACES[posting.workplace or "on_site"]
    return f"is {how} {'from' if how == 'remote' else 'in'} {where}, {_places_asked(wanted)}"


def _workplace(_: Filter, posting: PostingSummary) -> str:
    return f"is {WORKPLACES[posting.workplace or 'on_site']}"


def _workplaces_asked(wanted: Filter) -> str:
    return (
        f"you asked for {either(map(WORKPLACES.__getitem__, wanted.workplaces)) if wanted.workplaces else 'another workplace'}"
    )


_SAID: Final = {
    "offered": "offers to sponsor",
    "conditional": "may sponsor, case by case or for some roles",
    "not_offered": "refuses to sponsor",
    "contradictory": "contradicts itself on sponsorship",
    "unstated": "says nothing of sponsorship",
}


def _visa(wanted: Filter, posting: PostingSummary) -> str:
    stated = posting.verdict.sponsorship
    named = [visa for visa in stated.visas if visa in wanted.visa_types]
    may = "may sponsor" if stated.value == "conditional" else "sponsors"
    return f"{may} {', '.join(named)}" if named else f"{may} a visa (the posting names no type)"


def _visas_asked(wanted: Filter) -> str:
    return f"you asked for {either(wanted.visa_types) if wanted.visa_types else 'a visa'}"


def _no_visa(wanted: Filter, posting: PostingSummary) -> str:
    stated = posting.verdict.sponsorship
    if stated.value not in ("offered", "conditional"):
        return f"{_SAID[stated.value]}, {_visas_asked(wanted)}"
    if stated.visas and not set(stated.visas) & set(wanted.visa_types):
        return f"sponsors {', '.join(stated.visas)}, {_visas_asked(wanted)}"
    return f"is abroad, where no US visa is needed, {_visas_asked(wanted)}"


def _verdict(_: Filter, posting: PostingSummary) -> str:
    return _SAID[posting.verdict.sponsorship.value]


def _no_verdict(wanted: Filter, posting: PostingSummary) -> str:
    accepted = either(_SAID[value] for value in wanted.verdicts_accepted()) if wanted.verdicts_accepted() else "something else"
    return f"{_verdict(wanted, posting)}, you take what {accepted}"


_CITIZENS: Final = {"us_citizen": "is for US citizens only", "us_person": "is for US citizens and permanent residents only"}
_CLEARANCES: Final = {
    "active_required": "needs an active security clearance",
    "must_obtain": "needs a security clearance, to be obtained",
    "preferred": "prefers a security clearance, and does not need one",
    "none": "needs no security clearance",
}


def _minimum(minimum: MinimumPay | None) -> str:
    return f"{money(minimum.amount, minimum.currency)} {PERIODS[minimum.period]}" if minimum else "your minimum"


def _pay(wanted: Filter, posting: PostingSummary) -> str:
    stated = pay_words(posting.pay) if posting.pay else "enough"
    return f"pays {stated}, {_pay_asked(wanted, posting)}"


def _no_pay(wanted: Filter, posting: PostingSummary) -> str:
    stated = pay_words(posting.pay) if posting.pay else "too little"
    return f"pay is stated as {stated}, {_pay_asked(wanted, posting)}"


def _pay_asked(wanted: Filter, posting: PostingSummary) -> str:
    asked = f"you asked for at least {_minimum(wanted.minimum_pay)}"
    if not posting.pay or not wanted.minimum_pay or posting.pay.currency == wanted.minimum_pay.currency:
        return asked
    end, to = upper_end(posting.pay), wanted.minimum_pay.currency
    about = converted(end, posting.pay.currency, to)
    if about is None:
        return asked
    return f"{asked} ({money(end, posting.pay.currency)} was {money(about, to)} on {rates().on:%Y-%m-%d})"


def _pay_unstated(wanted: Filter, _: PostingSummary) -> str:
    return f"does not state its pay in a way that compares with {_minimum(wanted.minimum_pay)} (you keep such postings)"


def _no_pay_unstated(wanted: Filter, _: PostingSummary) -> str:
    return f"does not state its pay in a way that compares with {_minimum(wanted.minimum_pay)} (you drop such postings)"


def _employment(_: Filter, posting: PostingSummary) -> str:
    return f"is {', '.join(EMPLOYMENT_TYPES[kind] for kind in posting.employment_types) or 'of a kind you named'}"


def _employment_asked(wanted: Filter) -> str:
    kinds = [EMPLOYMENT_TYPES[kind] for kind in wanted.employment_types]
    return f"you asked for {either(kinds or ['another kind'])}"


def _no_company(wanted: Filter, posting: PostingSummary) -> str:
    return f"is at {posting.company}, you asked for {told.lists(wanted.companies or Companies(), list)}"


def _skills(wanted: Filter, _: PostingSummary) -> str:
    skills = wanted.skills or Skills()
    parts = [f"asks for {', '.join(skills.all)}"] if skills.all else []
    if skills.any:
        parts.append(f"asks for one of {', '.join(skills.any)}")
    return "; ".join(parts) or "asks for your skills"


def _no_skills(wanted: Filter, posting: PostingSummary) -> str:
    return f"does not mention all you asked for: {_skills(wanted, posting)}"


def _occupation(_: Filter, posting: PostingSummary) -> str:
    return f"is filed under occupation {posting.occupation or 'you named'} (SOC 2018)"


def _occupations_asked(wanted: Filter) -> str:
    return f"you asked for {either(wanted.occupations) if wanted.occupations else 'another'}"


def _seniority(_: Filter, posting: PostingSummary) -> str:
    return f"its level is {SENIORITIES[posting.seniority] if posting.seniority else 'one you named'}"


def _seniorities_asked(wanted: Filter) -> str:
    return (
        f"you asked for {either(map(SENIORITIES.__getitem__, wanted.seniorities)) if wanted.seniorities else 'another level'}"
    )


def _degree(_: Filter, posting: PostingSummary) -> str:
    return f"asks for {DEGREES[posting.degree] if posting.degree else 'no higher degree than yours'}"


def _no_degree(wanted: Filter, posting: PostingSummary) -> str:
    yours = DEGREES[wanted.maximum_degree] if wanted.maximum_degree else "less"
    return f"{_degree(wanted, posting)}, you have {yours}"


def _experience(_: Filter, posting: PostingSummary) -> str:
    years = posting.experience_years
    return f"asks for {'no more experience than yours' if years is None else count(years, 'year') + ' of experience'}"


def _no_experience(wanted: Filter, posting: PostingSummary) -> str:
    return (
        f"{_experience(wanted, posting)}, you have {'less' if wanted.maximum_experience is None else wanted.maximum_experience}"
    )


def _approvals(wanted: Filter, posting: PostingSummary) -> str:
    asked, history = wanted.employer_approvals, posting.sponsor_history
    if asked is None or history is None:
        return "its employer had H-1B petitions approved"
    first, last = history.newest_year - asked.years + 1, history.newest_year
    when = f"in fiscal year {last}" if first == last else f"in the fiscal years {first} to {last}"
    return f"its employer had {count(history.approvals(asked.years), 'H-1B petition')} approved {when}"


def _approvals_asked(wanted: Filter) -> str:
    asked = wanted.employer_approvals
    return f"you asked for at least {asked.at_least:,}" if asked else "you asked for more"


def _wage_level(_: Filter, posting: PostingSummary) -> str:
    return f"its pay reaches prevailing-wage level {posting.wage_level or 'enough'} of 4"


def _wage_level_asked(wanted: Filter) -> str:
    return f"you asked for at least level {wanted.minimum_wage_level or 1}"


def _language(_: Filter, posting: PostingSummary) -> str:
    return f"is written in {told.language(posting.language) if posting.language else 'a language you named'}"


def _posted(_: Filter, posting: PostingSummary) -> str:
    return f"is dated {posting.posted_on:%Y-%m-%d}" if posting.posted_on else "is new"


def _within(wanted: Filter) -> str:
    return f"at most {count(wanted.posted_within or 1, 'day')} old"


_Words = Callable[[Filter, PostingSummary], str]
_WHY: Final[Mapping[str, _Words]] = {
    KEYWORDS: _keywords,
    TITLE: _title,
    PLACE: _place,
    WORKPLACE: _workplace,
    WORKPLACE + UNSTATED: lambda _, __: "does not say where the work is done, which is taken as on site",
    VISA: _visa,
    VERDICT: _verdict,
    VERDICT + UNSTATED: lambda _, __: "says nothing of sponsorship: it neither offers nor refuses it",
    CITIZENSHIP: lambda _, __: "is not for US citizens or permanent residents only",
    CLEARANCE: lambda _, posting: _CLEARANCES[posting.verdict.clearance.value],
    PAY: _pay,
    PAY + UNSTATED: _pay_unstated,
    EMPLOYMENT: _employment,
    COMPANY: lambda _, posting: f"is at {posting.company}",
    SKILLS: _skills,
    OCCUPATION: _occupation,
    SENIORITY: _seniority,
    DEGREE: _degree,
    DEGREE + UNSTATED: lambda _, __: "names no degree that it asks for",
    EXPERIENCE: _experience,
    EXPERIENCE + UNSTATED: lambda _, __: "names no years of experience that it asks for",
    APPROVALS: _approvals,
    WAGE_LEVEL: _wage_level,
    SOURCE: lambda _, posting: f"comes from {posting.source}",
    LANGUAGE: _language,
    LANGUAGE + UNSTATED: lambda _, __: "does not say in which language it is written",
    POSTED: lambda wanted, posting: f"{_posted(wanted, posting)}, {_within(wanted)} when it came in",
    POSTED + UNSTATED: lambda _, __: "has no date of its own, and is new here",
    EVERYTHING: lambda _, __: "your filter takes every posting",
}
_WHY_NOT: Final[Mapping[str, _Words]] = {
    KEYWORDS: _no_keywords,
    TITLE: _no_title,
    PLACE: _no_place,
    PLACE + UNSTATED: lambda wanted, _: f"names no place, {_places_asked(wanted)}",
    WORKPLACE: lambda wanted, posting: f"{_workplace(wanted, posting)}, {_workplaces_asked(wanted)}",
    WORKPLACE + UNSTATED: lambda wanted, _: f"does not say where the work is done, {_workplaces_asked(wanted)}",
    VISA: _no_visa,
    VISA + UNSTATED: lambda wanted, _: f"says nothing of sponsorship, {_visas_asked(wanted)}",
    VERDICT: _no_verdict,
    VERDICT + UNSTATED: _no_verdict,
    CITIZENSHIP: lambda _, posting: _CITIZENS.get(posting.verdict.work_status.value, "is for citizens only"),
    CLEARANCE: lambda _, posting: _CLEARANCES[posting.verdict.clearance.value],
    PAY: _no_pay,
    PAY + UNSTATED: _no_pay_unstated,
    EMPLOYMENT: lambda wanted, posting: f"{_employment(wanted, posting)}, {_employment_asked(wanted)}",
    EMPLOYMENT + UNSTATED: lambda wanted, _: f"does not say what kind of employment it is, {_employment_asked(wanted)}",
    COMPANY: _no_company,
    SKILLS: _no_skills,
    OCCUPATION: lambda wanted, posting: f"{_occupation(wanted, posting)}, {_occupations_asked(wanted)}",
    OCCUPATION + UNSTATED: lambda wanted, _: f"its occupation is not known, {_occupations_asked(wanted)}",
    SENIORITY: lambda wanted, posting: f"{_seniority(wanted, posting)}, {_seniorities_asked(wanted)}",
    SENIORITY + UNSTATED: lambda wanted, _: f"does not say its level, {_seniorities_asked(wanted)}",
    DEGREE: _no_degree,
    EXPERIENCE: _no_experience,
    APPROVALS: lambda wanted, posting: f"{_approvals(wanted, posting)}, {_approvals_asked(wanted)}",
    APPROVALS + UNSTATED: lambda wanted, _: f"of its employer's H-1B petitions nothing is known, {_approvals_asked(wanted)}",
    WAGE_LEVEL: lambda wanted, posting: f"{_wage_level(wanted, posting)}, {_wage_level_asked(wanted)}",
    WAGE_LEVEL + UNSTATED: lambda wanted, _: f"its prevailing-wage level is not known, {_wage_level_asked(wanted)}",
    SOURCE: lambda wanted, posting: f"comes from {posting.source}, you asked for {either(wanted.sources or ('another',))}",
    LANGUAGE: lambda wanted, posting: (
        f"{_language(wanted, posting)}, you asked for {either(map(told.language, wanted.languages or ('other',)))}"
    ),
    POSTED: lambda wanted, posting: f"{_posted(wanted, posting)}, you asked for {_within(wanted)}",
}
