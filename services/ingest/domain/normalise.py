"""What a publisher says becomes a `Posting`: clean text, safe HTML, codes in one spelling, each verdict with its evidence.

What no field says is read out of title and text (`enrich`); what nothing says is absent, never guessed. The same posting told
with other white space or codes in lower case comes out the same, and so does its hash.
"""

import re
from collections.abc import Callable, Hashable, Iterable
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Final, TypeVar
from uuid import UUID, uuid5

from pydantic import TypeAdapter

from schemas.posting import Clearance, Evidence, Pay, Place, Posting, Sponsorship, Verdict, WorkStatus
from services.ingest.domain.characters import fold
from services.ingest.domain.description import clean
from services.ingest.domain.enrich import enrich
from services.ingest.domain.fault import Fault, Refused
from services.ingest.domain.markup import TooManyTags
from services.ingest.domain.pay import to_the_cent
from services.ingest.domain.provenance import Provenance
from services.ingest.domain.push import Push, PushedPay, PushedPlace

MAXIMUM_BYTES: Final = 340_000
"""Of a posting as JSON. A change tells it three times (old, new and whole), and a Kafka broker takes a record of 1,048,588."""

_POSTINGS: Final = UUID("6d1ad1c4-9a0e-5a51-8a0b-1f6c4c6f9d1e")
"""Namespace of the ids of publishers' postings, chosen once."""

_adapter: Final = TypeAdapter(Posting)
"""Gives the bytes of `Posting.model_dump_json` in 0.7 of the time that takes with the bytes made text and bytes again."""

T = TypeVar("T", bound=Hashable)


def posting_id(publisher: str, source_id: str) -> UUID:
    """UUIDv5 (RFC 9562) of publisher and source id: the same posting has the same id, whoever asks and whenever."""
    return uuid5(_namespace(publisher), source_id)


@lru_cache(maxsize=256)
def _namespace(publisher: str) -> UUID:
    return uuid5(_POSTINGS, publisher)


def normalise(push: Push, *, publisher: str, provenance: Provenance | None = None) -> Posting:
    """The posting of the publisher of that name. Raises `Refused` where its parts contradict each other."""
    try:
        description = clean(push.description)
    except TooManyTags as error:
        raise Refused([Fault(field="description", problem=str(error.__doc__))]) from None
    told = Posting(
        id=posting_id(publisher, push.source_id),
        source=publisher,
        source_id=push.source_id,
        title=push.title,
        company=push.company,
        url=push.url,
        excerpt=description.excerpt,
        places=_once(_place(place) for place in push.places),
        workplace=push.workplace,
        remote_from=_once(push.remote_from),
        employment_types=_once(push.employment_types),
        pay=push.pay and _pay(push.pay),
        posted_on=push.posted_on,
        valid_through=push.valid_through,
        skills=_once(push.skills, str.casefold),
        verdict=_verdict(push, description.text),
        occupation=push.occupation,
        seniority=push.seniority,
        degree=push.degree,
        experience_years=push.experience_years,
        language=push.language,
        text=description.text,
        html=description.html,
        terms=provenance and provenance.terms,
        origins=provenance.origins if provenance else (),
    )
    posting = enrich(told)
    if (size := len(_adapter.dump_json(posting))) > MAXIMUM_BYTES:
        problem = f"is too long: the posting comes to {size:,} bytes, at most {MAXIMUM_BYTES:,} are taken"
        raise Refused([Fault(field="description", problem=problem)])
    return posting


def content_hash(posting: Posting) -> bytes:
    """SHA-256 of all that differs from a field's default, so that a field added to the contract changes no hash."""
    return sha256(_adapter.dump_json(posting, exclude_defaults=True)).digest()


def _once(values: Iterable[T], key: Callable[[T], Hashable] = lambda value: value) -> tuple[T, ...]:
    first: dict[Hashable, T] = {}
    for value in values:
        first.setdefault(key(value), value)
    return tuple(first.values())


def _place(place: PushedPlace) -> Place:
    state = place.state.upper() if place.state and len(place.state) == 2 else place.state  # noqa: PLR2004 -- a code, not a name
    return Place(city=place.city, state=state, country=place.country)


def _pay(pay: PushedPay) -> Pay:
    return Pay(minimum=_amount(pay.minimum), maximum=_amount(pay.maximum), currency=pay.currency, period=pay.period)


def _amount(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else to_the_cent(amount)


def _verdict(push: Push, text: str) -> Verdict:
    faults: list[Fault] = []

    def evidence(axis: str, sentence: str | None) -> Evidence | None:
        if sentence is None:
            return None
        found = _find(sentence, text)
        if found is None:
            faults.append(Fault(field=f"{axis}.sentence", problem="does not occur in the description"))
        return found

    verdict = Verdict()
    if (sponsorship := push.sponsorship) is not None:
        proof = evidence("sponsorship", sponsorship.sentence)
        visas = _once(sponsorship.visas)
        verdict = verdict.model_copy(update={"sponsorship": Sponsorship(value=sponsorship.value, visas=visas, evidence=proof)})
    if (work_status := push.work_status) is not None:
        proof = evidence("work_status", work_status.sentence)
        verdict = verdict.model_copy(update={"work_status": WorkStatus(value=work_status.value, evidence=proof)})
    if (clearance := push.clearance) is not None:
        proof = evidence("clearance", clearance.sentence)
        verdict = verdict.model_copy(update={"clearance": Clearance(value=clearance.value, evidence=proof)})
    if faults:
        raise Refused(faults)
    return verdict


def _find(sentence: str, text: str) -> Evidence | None:
    """Where the sentence stands, any white space taken for any other. The sentence is kept on one line."""
    words = fold(sentence).split(" ")
    found = re.search(r"\s+".join(map(re.escape, words)), text) if words != [""] else None
    return found and Evidence(sentence=" ".join(words), start=found.start(), end=found.end())
