"""The gate every alert passes at the moment of dispatch: told, together with which others, or not, and why not, in words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.notifier.domain.alert import Alert, Key
from services.notifier.domain.situation import About, Earlier, Opening, Posting, Situation, Told

SOON: Final = timedelta(milliseconds=250)
"""How long an alert waits for what is still on its way here."""

GONE: Final = "the mailbox or endpoint it was for is gone or disabled"
UNKNOWN: Final = "the subscription is not known here: it had ended, or its state is among the dead letters"
CLOSED: Final = "the posting was closed before it was told"
OUTDATED: Final = "the posting changed and no longer matched before it was told"
TOLD: Final = "told already, through another of the subscriber's subscriptions"
CORRECTED: Final = "the last that was told of this posting is already that it is not for them any more"
TOGETHER: Final = "told in one message with an earlier change"
SUPERSEDED: Final = "the posting matched again since, and that was told"
AGAIN: Final = "the posting matched again before anybody was told that it did not"
HELD: Final = "another of the subscriber's subscriptions still matches the posting"
"""Until that one ends, is paused or changes."""
REOPENED: Final = "the posting opened again since, and that was told"


@dataclass(slots=True)
class Decision:
    """What becomes of the alerts that were due."""

    tell: dict[Told, list[Alert]] = field(default_factory=dict)
    repeat: dict[UUID, list[Alert]] = field(default_factory=dict)
    """By message: what another message that was given up, and may have arrived, has told or tells when it is sent again."""
    hold: list[Alert] = field(default_factory=list)
    """Until another subscription that matches ends or changes."""
    suppress: list[tuple[Alert, str]] = field(default_factory=list)
    wait: list[tuple[Alert, datetime]] = field(default_factory=list)
    """Until when."""


def told_as(alert: Alert) -> Told:
    """What telling this alert tells its destination."""
    key = alert.key
    return (alert.destination_id, key.posting_id, key.episode, key.kind, key.revision)


def decide(alerts: Sequence[Alert], situation: Situation) -> Decision:
    """Every alert ends up in exactly one of the five."""
    decision = Decision()
    telling: dict[About, Told] = {}
    correcting: dict[About, Told] = {}
    for alert in sorted(alerts, key=lambda alert: alert.key.revision):
        silenced = _silenced(alert, situation)
        if silenced and situation.known_until <= alert.recorded_at:
            # The match is younger than what is known here: the state that made it (saved, resumed) is still on its way.
            decision.wait.append((alert, situation.now + SOON))
        elif reason := silenced or _untrue(alert, situation) or _no_news(alert, situation):
            decision.suppress.append((alert, reason))
        elif pending := _pending(alert, situation):
            # It may yet be withdrawn: only when it is settled is it known what this alert adds.
            decision.wait.append((alert, max(pending.due_at, situation.now) + SOON))
        elif (alert.key.kind == "opened" and _about(alert) in correcting) or _about(alert) in situation.reopened:
            # It matches again, which is news once the correction is out; or it opened again, and who is told so needs none.
            decision.wait.append((alert, situation.now + SOON))
        elif _is_held(alert, situation):
            decision.hold.append(alert)
        elif known := _known(alert, situation):
            reason, earlier = known
            if earlier is not None and earlier.given_up:
                decision.repeat.setdefault(earlier.id, []).append(alert)
            else:
                decision.suppress.append((alert, reason))
        else:  # one message, also where the opening matched one subscription and a change another, or two changes undid it
            together = correcting if alert.key.kind == "no_longer" else telling
            members = decision.tell.setdefault(together.setdefault(_about(alert), _tells(alert, situation)), [])
            if any(one.key.subscription_id == alert.key.subscription_id for one in members):
                decision.suppress.append((alert, TOGETHER))  # as where a change undid the match, and then the posting closed
            else:
                members.append(alert)
    return decision


def last_opened(situation: Situation, about: About) -> tuple[int, Earlier] | None:
    """The newest message that told of this opening (destination, posting, episode), after the revision it told of."""
    return _last(situation, about, "opened")


def withdrawn(members: Sequence[Key], destination_id: UUID, situation: Situation) -> str:
    """Why a message that was frozen before must not be sent any more; "" where one of its subscriptions still wants it."""
    if destination_id not in situation.reachable:
        return GONE
    wanting = [key for key in members if _is_active(key.subscription_id, situation)]
    if not wanting:
        return "the subscription had ended or was paused"
    if _is_over(members[0], situation):
        return CLOSED
    if _opened_since(destination_id, members[0], situation):
        return REOPENED
    if members[0].kind == "opened" and all(_is_outdated(key, situation) for key in wanting):
        return OUTDATED
    return ""


def letter_withdrawn(purpose: str, *, destination_id: UUID, subscriber_id: UUID, situation: Situation) -> str:
    """Why a message that somebody asked for must not be sent any more; "" where it may."""
    if subscriber_id in situation.erased:
        return "the account was erased before it was sent"
    return GONE if purpose == "test" and destination_id not in situation.reachable else ""


def is_early(purpose: str, *, destination_id: UUID, frozen_at: datetime, situation: Situation) -> bool:
    """Whether a test event overtook the state of the endpoint that it is for."""
    return purpose == "test" and destination_id not in situation.reachable and situation.known_until <= frozen_at


def _silenced(alert: Alert, situation: Situation) -> str:
    subscription = situation.subscriptions.get(alert.key.subscription_id)
    if subscription is None:
        return UNKNOWN
    if subscription.status == "ended":
        return "the subscription had ended"
    if subscription.status == "paused":
        return "the subscription was paused"
    return "" if alert.destination_id in situation.reachable else GONE


def _untrue(alert: Alert, situation: Situation) -> str:
    """Why telling this now would be yesterday's truth."""
    if _is_over(alert.key, situation):
        return CLOSED
    return OUTDATED if alert.key.kind == "opened" and _is_outdated(alert.key, situation) else ""


def _no_news(alert: Alert, situation: Situation) -> str:
    """Why a later kind adds nothing."""
    if alert.key.kind == "opened":
        return ""
    if last_opened(situation, _about(alert)) is None:
        return "nothing had been told of this posting, so there was nothing to correct"
    posting = situation.postings[alert.key.posting_id]
    if alert.key.kind == "no_longer" and is_open(alert.key, posting) and _opening(alert.key) in situation.again:
        return AGAIN
    return "a change that leaves the match as it was is no news" if alert.key.kind == "changed" else ""


def _is_held(alert: Alert, situation: Situation) -> bool:
    is_over = not is_open(alert.key, situation.postings[alert.key.posting_id])
    return alert.key.kind == "no_longer" and not is_over and _about(alert) in situation.matching


def _pending(alert: Alert, situation: Situation) -> Earlier | None:
    """A message about this opening, a correction of it, or to a correction one about a later opening, that has not ended."""
    openings = [_about(alert), *_later(alert.destination_id, alert.key, situation)]
    return next((earlier for one in openings for _, _, earlier in situation.history.get(one, ()) if earlier.pending), None)


def _known(alert: Alert, situation: Situation) -> tuple[str, Earlier | None] | None:
    """Why the destination knows it, and from which message; None where it is news against the last told of this opening."""
    opened, corrected = (_last(situation, _about(alert), kind) for kind in ("opened", "no_longer"))
    is_corrected = corrected is not None and (opened is None or corrected[0] > opened[0])
    if alert.key.kind == "opened":
        return (TOLD, opened[1]) if opened is not None and not is_corrected else None
    if is_corrected:
        return CORRECTED, corrected[1] if corrected else None
    if told_as(alert) in situation.told:
        return CORRECTED, None
    if _opened_since(alert.destination_id, alert.key, situation):
        return REOPENED, None
    return (SUPERSEDED, None) if opened is not None and opened[0] > alert.key.revision else None


def _opened_since(destination_id: UUID, key: Key, situation: Situation) -> bool:
    """Whether this corrects an opening after which the destination was told of a later one."""
    later = (last_opened(situation, about) for about in _later(destination_id, key, situation))
    return any(opened is not None and not opened[1].pending for opened in later)


def _later(destination_id: UUID, key: Key, situation: Situation) -> list[About]:
    """To a correction: the later openings of its posting. There is nearly never one."""
    last = situation.postings[key.posting_id].episode if key.kind == "no_longer" else 0
    return [(destination_id, key.posting_id, episode) for episode in range(key.episode + 1, last + 1)]


def _tells(alert: Alert, situation: Situation) -> Told:
    """What telling it tells. After a correction the opening is told anew: then it has the correction's revision."""
    told = told_as(alert)
    corrected = _last(situation, _about(alert), "no_longer")
    return (*told[:4], corrected[0]) if corrected is not None and told in situation.told else told


def _last(situation: Situation, about: About, kind: str) -> tuple[int, Earlier] | None:
    said = [(revision, earlier) for said_kind, revision, earlier in situation.history.get(about, ()) if said_kind == kind]
    return max(said, key=lambda one: one[0], default=None)


def _about(alert: Alert) -> About:
    return (alert.destination_id, alert.key.posting_id, alert.key.episode)


def _is_outdated(key: Key, situation: Situation) -> bool:
    return situation.outdated.get(_opening(key), -1) > key.revision


def _opening(key: Key) -> Opening:
    return (key.subscription_id, key.posting_id, key.episode)


def _is_active(subscription_id: UUID, situation: Situation) -> bool:
    subscription = situation.subscriptions.get(subscription_id)
    return subscription is not None and subscription.status == "active"


def is_open(key: Key, posting: Posting) -> bool:
    """Whether the posting is open, and has been since that opening."""
    return posting.status == "open" and posting.episode <= key.episode


def _is_over(key: Key, situation: Situation) -> bool:
    """Whether telling of that opening would be yesterday's truth; that it does not match any more stays true."""
    return key.kind != "no_longer" and not is_open(key, situation.postings[key.posting_id])
