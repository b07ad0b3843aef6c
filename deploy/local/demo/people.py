"""The demo's subscribers come in as anybody would: through the public API, with the link from the confirmation mail."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import aiohttp

from deploy.local.demo.mails import fetch_mails
from deploy.local.errors import StackError
from deploy.local.running import Running
from schemas.filter.asked import asked_filter
from schemas.filter.tree import Filter

MAIL_WITHIN: Final = 20.0
"""Seconds until a confirmation mail must be there."""


@dataclass(frozen=True)
class Wish:
    """A subscription somebody makes, and whether it is paused again."""

    name: str
    filter: Mapping[str, Any]
    by_webhook: bool = False
    paused: bool = False


@dataclass(frozen=True)
class Person:
    """An address and what is wished for at it; the first wish is made without an account, the others with its API key."""

    address: str
    wishes: tuple[Wish, ...]
    hook: str = ""
    """Name under which the webhook receiver knows this partner."""


@dataclass(frozen=True)
class Subscribed:
    """A subscription that exists now."""

    id: UUID
    name: str
    address: str
    filter: Filter
    by_webhook: bool
    paused: bool


@dataclass
class Crowd:
    """Everybody who subscribed, and how many mails it took to confirm them."""

    subscribed: list[Subscribed] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    """API keys by address."""
    confirmations: int = 0
    hooks: set[str] = field(default_factory=set)
    """Names under which the webhook receiver knows them."""

    @property
    def addresses(self) -> set[str]:
        return set(self.keys)


_ML: Final = {"any": ["machine learning", "deep learning", "MLOps"]}
PEOPLE: Final = (
    Person(
        "ml-engineer@example.org",
        (
            Wish("Machine learning with H-1B", {"keywords": _ML, "visa_types": ["H-1B"]}),
            Wish("Anything that pays 180k and sponsors", {
                "visa_types": ["H-1B", "O-1"],
                "minimum_pay": {"amount": 180000, "currency": "USD", "period": "year", "unstated": "drop"},
            }),
        ),
    ),
    Person("remote@example.org", (Wish("Remote in the US", {"workplaces": ["remote"], "places": [{"country": "US"}]}),)),
    Person("cpp@example.org", (Wish("C++ without clearance", {"keywords": {"all": ["C++"], "none": ["clearance"]}}),)),
    Person(
        "california@example.org",
        (
            Wish("California", {"places": [{"state": "CA", "country": "US"}], "employment_types": ["full_time"]}),
            Wish("Abroad", {"places": [{"city": "Toronto"}, {"city": "Zurich"}, {"city": "Sao Paulo"}, {"country": "DE"}]}),
        ),
    ),
    Person("student@example.org", (
        Wish("Internships", {"employment_types": ["intern"]}),
        Wish("OPT and CPT", {"visa_types": ["F-1 CPT", "F-1 OPT", "STEM OPT"]}),
    )),
    Person("tn@example.org", (Wish("TN", {"visa_types": ["TN"], "companies": {"exclude": ["Nobody in particular"]}}),)),
    Person("holiday@example.org", (Wish("Paused for now", {"keywords": {"any": ["engineer"]}}, paused=True),)),
    Person(
        "partner-one@example.org",
        (
            Wish("Green cards", {"visa_types": ["EB-3"]}),
            Wish("Every posting that sponsors H-1B", {"visa_types": ["H-1B"]}, by_webhook=True),
        ),
        hook="one",
    ),
    Person(
        "partner-two@example.org",
        (
            Wish("Data people", {"keywords": {"any": ["data engineer", "data scientist"]}}),
            Wish("Everything", {}, by_webhook=True),
        ),
        hook="two",
    ),
)  # fmt: skip


def renamed(people: tuple[Person, ...], tag: str) -> tuple[Person, ...]:
    """The same with addresses and names of their own, where those may have been there before."""
    return tuple(
        replace(one, address=one.address.replace("@", f"+{tag}@"), hook=one.hook and f"{one.hook}-{tag}") for one in people
    )


async def subscribe_all(system: Running, people: tuple[Person, ...], say: Callable[[str], None]) -> Crowd:
    """Everybody comes in, one after the other. Raises `StackError` where the API or the mail does not do what it should."""
    crowd = Crowd()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        for person in people:
            await _subscribe(session, system, person, crowd)
            say(f"{person.address} confirmed, {len(person.wishes)} subscription(s)")
    return crowd


async def _subscribe(session: aiohttp.ClientSession, system: Running, person: Person, crowd: Crowd) -> None:
    base = system.urls["subscriptions"]
    first, *others = person.wishes
    body = {"email": person.address, "name": first.name, "filter": first.filter, "cadence": "instant"}
    await _call(session, "POST", f"{base}/v1/subscriptions", body, expected=202)
    token = await _token_from_mail(session, system, person.address)
    confirmed = await _call(session, "POST", f"{base}/v1/confirmations", {"token": token}, expected=200)
    crowd.confirmations += 1
    key = crowd.keys[person.address] = confirmed["api_key"]
    endpoint = None
    if person.hook:
        endpoint = await _endpoint(session, system, person, key)
        crowd.hooks.add(person.hook)
    made = [(first, confirmed["subscription"]["id"])]
    for wish in others:
        body = {"name": wish.name, "filter": wish.filter, "cadence": "instant"}
        if wish.by_webhook:
            body["destination"] = {"kind": "webhook", "id": endpoint}
        made.append((wish, (await _call(session, "POST", f"{base}/v1/subscriptions", body, key=key, expected=201))["id"]))
    for wish, subscription_id in made:
        if wish.paused:
            url = f"{base}/v1/subscriptions/{subscription_id}"
            await _call(session, "PATCH", url, {"status": "paused"}, key=key, expected=200)
        crowd.subscribed.append(_subscribed(person, wish, subscription_id))


def _subscribed(person: Person, wish: Wish, subscription_id: str) -> Subscribed:
    return Subscribed(
        UUID(subscription_id),
        wish.name,
        person.address,
        asked_filter.validate_python(dict(wish.filter)),
        by_webhook=wish.by_webhook,
        paused=wish.paused,
    )


async def _endpoint(session: aiohttp.ClientSession, system: Running, person: Person, key: str) -> str:
    """Register the partner's endpoint, and tell the receiver the secret it is signed with."""
    url = f"{system.urls['subscriptions']}/v1/endpoints"
    made = await _call(session, "POST", url, {"url": f"{system.receiver_url}/hooks/{person.hook}"}, key=key, expected=201)
    secret = {"secret": made["secret"]}
    async with session.put(f"{system.receiver_url}/secrets/{person.hook}", json=secret) as response:
        response.raise_for_status()
    return str(made["id"])


async def _token_from_mail(session: aiohttp.ClientSession, system: Running, address: str) -> str:
    deadline = asyncio.get_running_loop().time() + MAIL_WITHIN
    while asyncio.get_running_loop().time() < deadline:
        links = [link for mail in await fetch_mails(session, system, to=address) for link in mail["links"]]
        for link in links:
            if urlsplit(str(link)).path == "/confirm":
                return parse_qs(urlsplit(str(link)).query)["token"][0]
        await asyncio.sleep(0.05)
    raise StackError(f"no confirmation mail for {address} within {MAIL_WITHIN:.0f} s: look at the notifier's log")


async def _call(
    session: aiohttp.ClientSession, method: str, url: str, body: Mapping[str, Any], *, expected: int, key: str = ""
) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    async with session.request(method, url, json=body, headers=headers) as response:
        answer: dict[str, Any] = await response.json(content_type=None)
        if response.status != expected:
            raise StackError(f"{method} {re.sub('[?].*', '', url)} answered {response.status}: {answer}")
        return answer
