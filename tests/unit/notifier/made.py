"""Postings, alerts and situations to test with: everything plain unless a test says otherwise."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID, uuid5

from schemas.filter.tree import Filter, Keywords
from schemas.match import Kind
from schemas.posting import Clearance, Evidence, Pay, Place, PostingSummary, Sponsorship, Verdict, WorkStatus
from services.notifier.domain.alert import Alert, Key, alert_id
from services.notifier.domain.situation import Earlier, Opening, Posting, Situation, Subscription, Told

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
OFFER = "We sponsor H-1B visas and green cards for this role."


def uid(name: str) -> UUID:
    """The same id for the same name, so that failures can be read."""
    return uuid5(UUID(int=0), name)


def evidence(sentence: str) -> Evidence:
    return Evidence(sentence=sentence, start=0, end=len(sentence))


OFFERED = Verdict(sponsorship=Sponsorship(value="offered", visas=("H-1B",), evidence=evidence(OFFER)))
REFUSED = Verdict(
    sponsorship=Sponsorship(value="not_offered", evidence=evidence("No sponsorship, now or in the future.")),
    work_status=WorkStatus(value="us_citizen", evidence=evidence("US citizenship is required by contract.")),
    clearance=Clearance(value="must_obtain", evidence=evidence("Must be able to obtain a Secret clearance.")),
)


def summary(name: str = "p", **values: Any) -> PostingSummary:
    plain: dict[str, Any] = {
        "id": uid(name),
        "source": "careers",
        "source_id": name,
        "title": "Machine Learning Engineer",
        "company": "Kestrel Analytics",
        "url": "https://kestrel.example/jobs/41",
        "excerpt": "You will train ranking models on a small team that ships every week.",
        "places": (Place(city="Mountain View", state="CA", country="US"),),
        "workplace": "hybrid",
        "employment_types": ("full_time",),
        "pay": Pay(minimum=Decimal(170_000), maximum=Decimal(216_000), currency="USD", period="year"),
        "verdict": OFFERED,
    }
    return PostingSummary(**(plain | values))


def key(
    subscription: str = "s",
    *,
    posting: str = "p",
    kind: Kind = "opened",
    revision: int = 0,
    episode: int = 1,
    opened_on: date = NOW.date(),
) -> Key:
    return Key(opened_on, uid(posting), uid(subscription), episode, kind, revision)


def alert(
    subscription: str = "s",
    *,
    posting: str = "p",
    kind: Kind = "opened",
    revision: int = 0,
    episode: int = 1,
    destination: str = "mailbox",
    clauses: tuple[str, ...] = ("keywords",),
    recorded_at: datetime = NOW - timedelta(seconds=2),
) -> Alert:
    of = key(subscription, posting=posting, kind=kind, revision=revision, episode=episode)
    return Alert(
        of,
        alert_id=alert_id(of.subscription_id, of.posting_id, episode, kind, revision),
        subscriber_id=uid("subscriber"),
        destination_id=uid(destination),
        clauses=clauses,
        recorded_at=recorded_at,
    )


def subscription(
    status: Literal["active", "paused", "ended"] = "active", *, name: str = "ML jobs", wanted: Filter | None = None
) -> Subscription:
    return Subscription(status, name, wanted or Filter(keywords=Keywords(all=("machine learning",))))


def posting(
    name: str = "p", *, status: Literal["open", "closed"] = "open", episode: int = 1, content: PostingSummary | None = None
) -> Posting:
    return Posting(status, episode, NOW - timedelta(seconds=3), content or summary(name), "correlation")


def opened(*, posting: str = "p", destination: str = "mailbox", episode: int = 1, revision: int = 0) -> Told:
    return (uid(destination), uid(posting), episode, "opened", revision)


def corrected(revision: int) -> Told:
    return (uid("mailbox"), uid("p"), 1, "no_longer", revision)


def earlier(*, pending: bool = False, given_up: bool = False, due_at: datetime = NOW - timedelta(seconds=1)) -> Earlier:
    return Earlier(uid("first message"), "<first@jobalerts.example>", pending=pending, given_up=given_up, due_at=due_at)


def situation(
    *,
    subscriptions: Mapping[str, Subscription] | None = None,
    postings: Mapping[str, Posting] | None = None,
    reachable: Iterable[str] = ("mailbox", "endpoint"),
    erased: Iterable[str] = (),
    told: Mapping[Told, Earlier] | None = None,
    outdated: Iterable[Opening] = (),
    outdated_at: int = 5,
    matching: Iterable[str] = (),
    again: Iterable[str] = (),
    reopened: Iterable[str] = (),
    known_until: datetime = NOW - timedelta(milliseconds=200),
) -> Situation:
    known = {"s": subscription(), "t": subscription()} if subscriptions is None else subscriptions
    return Situation(
        subscriptions={uid(name): value for name, value in known.items()},
        postings={uid(name): value for name, value in (postings or {"p": posting()}).items()},
        reachable=frozenset(map(uid, reachable)),
        erased=frozenset(map(uid, erased)),
        told=told or {},
        outdated=dict.fromkeys(outdated, outdated_at),
        matching=frozenset((uid(name), uid("p"), 1) for name in matching),
        again=frozenset((uid(name), uid("p"), 1) for name in again),
        reopened=frozenset((uid(name), uid("p"), 1) for name in reopened),
        known_until=known_until,
        now=NOW,
    )
