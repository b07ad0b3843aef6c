"""What matching needs to know of a posting, worked out once for all filters."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from schemas.filter.money import Yearly, upper_end, yearly
from schemas.filter.tree import Scope
from schemas.places import AMERICAN, Spot, gazetteer
from schemas.posting import Degree, Place, Posting, SponsorHistory
from schemas.words import asked, fold, lines
from schemas.words.company import company_key
from schemas.words.language import ALONE


@dataclass(frozen=True, slots=True)
class Facts:
    """A posting as filters see it. Texts are `spaced` words, a line each; no phrase spans two of them."""

    text: str
    """Company, title, skills and text."""
    words: frozenset[str]
    said_from: int
    """Where in `text` the company ends and what the posting says begins."""
    title: str
    company: str
    skills: str
    location: str
    spots: tuple[Spot, ...]
    workplace: str
    """"" where the posting does not say."""
    sponsorship: str
    sponsors: bool
    """Sponsors a US visa, perhaps. All visa types are American: a job that is wholly abroad sponsors none of them."""
    visas: frozenset[str]
    """The visa types named; with `sponsors` and none named, any may be meant."""
    citizens_only: bool
    needs_clearance: bool
    pay_currency: str
    pay: Yearly | None
    """By the upper end of its range."""
    employment_types: frozenset[str]
    company_key: str
    occupation: str
    seniority: str
    degree: Degree | None
    experience: int | None
    history: SponsorHistory | None
    wage_level: int | None
    source: str
    language: str
    age: int | None
    """Days since its date; None where it has none."""
    _known: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    def has(self, term: str) -> bool:
        """Whether a term, `asked` as texts are spaced, occurs. Many filters ask for the same ones: each is looked for once."""
        known = self._known.get(term)
        if known is None:
            known = term[1:-1] in self.words or term in self.text  # most are one word: a set is quicker
            if self.words:  # or one that is held for minutes, `light`, would remember what every filter asks for
                self._known[term] = known
        return known

    def says(self, term: str) -> bool:
        """Whether it occurs in title, skills or text: a company's name says nothing of the work."""
        return self.text.find(term, self.said_from) >= 0

    def has_in(self, scope: Scope, term: str) -> bool:
        """Whether it occurs in one field."""
        match scope:
            case "title":
                return term in self.title
            case "company":
                return term in self.company
            case "skill":
                return term in self.skills
            case "location":
                return term in self.location

    def light(self) -> "Facts":
        """The same to the oracle in a fraction of the memory: it looks for words in the text instead of in their set."""
        return replace(self, words=frozenset(), _known={})


def facts(posting: Posting, now: datetime) -> Facts:
    """Work out the facts of a posting at a moment, from which its age is counted."""
    title, company, skills = lines(posting.title), lines(posting.company), "\n".join(map(_skill, posting.skills))
    text = "\n".join((company, title, skills, lines(posting.text)))
    verdict, places = posting.verdict, posting.locations()
    spots = tuple(gazetteer().locate(place.city, place.state, place.country) for place in places)
    return Facts(
        text=text,
        words=frozenset(text.split()),
        said_from=len(company),
        title=title,
        company=company,
        skills=skills,
        location="\n".join(_locations(places, spots, posting.workplace)),
        spots=spots,
        workplace=posting.workplace or "",
        sponsorship=verdict.sponsorship.value,
        sponsors=verdict.sponsorship.value in ("offered", "conditional") and not _is_abroad(places),
        visas=frozenset(verdict.sponsorship.visas),
        citizens_only=verdict.work_status.value in ("us_citizen", "us_person"),
        needs_clearance=verdict.clearance.value in ("active_required", "must_obtain"),
        pay_currency=posting.pay.currency if posting.pay else "",
        pay=yearly(upper_end(posting.pay), posting.pay.currency, posting.pay.period) if posting.pay else None,
        employment_types=frozenset(posting.employment_types),
        company_key=company_key(posting.company),
        occupation=posting.occupation or "",
        seniority=posting.level() or "",
        degree=posting.degree,
        experience=posting.experience_years,
        history=posting.sponsor_history,
        wage_level=posting.wage_level,
        source=fold(posting.source),
        language=posting.language or "",
        age=(now.date() - posting.posted_on).days if posting.posted_on else None,
    )


def _skill(name: str) -> str:
    """ "go" alone is the language, however it is written."""
    return asked(name) if name.strip().casefold() in ALONE else lines(name)


def _locations(places: Iterable[Place], spots: Iterable[Spot], workplace: str | None) -> Iterator[str]:
    """The words of its places, with state and country by their names too: `location:germany` is what people type."""
    names = gazetteer()
    for place, spot in zip(places, spots, strict=True):
        yield lines(place.words())
        yield from (lines(name) for name in (spot.city, spot.state, names.state_name(spot.state, spot.country)) if name)
        if spot.country:
            yield lines(names.country_name(spot.country))
    if workplace:
        yield lines(workplace)


def _is_abroad(places: Iterable[Place]) -> bool:
    """Wholly, as it says itself: a city whose country is only guessed by its name may well be the Dublin in Ohio."""
    names = gazetteer()
    stated = [place.country or (names.state_code(place.state or "") or ("", ""))[1] for place in places]
    return bool(stated) and not any(country == "" or country in AMERICAN for country in stated)
