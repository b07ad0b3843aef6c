"""The id of an alert is the same wherever it is made."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from schemas.match import Kind
from services.notifier.domain.alert import NAMESPACE, alert_id

KINDS: st.SearchStrategy[Kind] = st.sampled_from(("opened", "changed", "no_longer"))


@given(st.uuids(), st.uuids(), st.integers(1, 10_000), KINDS, st.integers(1, 2**53))
def test_it_is_uuid5_of_what_makes_the_alert(
    subscription: UUID, posting: UUID, episode: int, kind: Kind, revision: int
) -> None:
    first = uuid5(NAMESPACE, f"{subscription}:{posting}:{episode}:{kind}")
    later = uuid5(NAMESPACE, f"{subscription}:{posting}:{episode}:{kind}:{revision}")
    assert alert_id(subscription, posting, episode, kind, 0) == first
    assert alert_id(subscription, posting, episode, kind, revision) == later
    assert later.version == 5


def test_it_never_changes() -> None:
    """Ids are out in the world: in partners' systems, in mails' links."""
    subscription, posting = UUID("4e4c3f04-280d-5933-a48a-2cc6baad7690"), UUID("7a9824b7-0a06-5a2f-903a-0295c5a94764")
    assert alert_id(subscription, posting, 1, "opened", 0) == UUID("c6407807-170f-5daa-94b9-a64c7075cf31")
