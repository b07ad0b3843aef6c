from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from runtime.sealing import Sealer
from schemas.link import PURPOSES, Link, Purpose
from services.subscriptions.domain import key
from services.subscriptions.errors import BadLink, ExpiredLink
from services.subscriptions.seals import Seals, mint_key, mint_secret

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SEALER = Sealer({1: b"1" * 32})
SEALS = Seals(SEALER)


def test_a_minted_key_reads_back_and_proves_itself() -> None:
    minted = mint_key()
    parts = key.read(minted.text)
    assert parts
    found, secret = parts
    assert found == minted.id
    assert key.proves(secret, minted.hash)
    assert not key.proves(secret[:-1] + b"\0", minted.hash) or secret.endswith(b"\0")
    assert secret not in minted.hash


def test_secrets_may_contain_the_separator() -> None:
    secret = b"\xff" * 32
    assert "_" in key.written(UUID(int=1), secret).split("_", 2)[2]
    assert key.read(key.written(UUID(int=1), secret)) == (UUID(int=1), secret)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jas",
        "jas_",
        "jas__",
        "jax_" + "0" * 32 + "_" + "A" * 43,
        "jas_" + "0" * 31 + "_" + "A" * 43,
        "jas_" + "0" * 32 + "_" + "A" * 42,
        "jas_" + "0" * 32 + "_" + "A" * 44,
        "jas_" + "0" * 32 + "_" + "A" * 42 + "!",
        "jas_" + "0" * 32 + "_" + "ä" * 43,
        "jas_" + "0" * 32,
    ],
)
def test_what_is_no_key_reads_as_none(text: str) -> None:
    assert key.read(text) is None


def test_webhook_secrets_are_as_standard_webhooks_writes_them_and_never_the_same() -> None:
    from base64 import b64decode

    one, other = mint_secret(), mint_secret()
    assert one != other
    assert one.startswith("whsec_")
    assert len(b64decode(one.removeprefix("whsec_"), validate=True)) == 32


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("opened_as", PURPOSES)
def test_a_link_opens_only_for_its_purpose(purpose: Purpose, opened_as: Purpose) -> None:
    subscriber_id = uuid4()
    token = SEALS.seal_link(subscriber_id, purpose=purpose, expires_at=NOW + timedelta(seconds=1))
    if purpose == opened_as:
        assert SEALS.open_link(f" {token}\n", purpose=opened_as, now=NOW).subscriber_id == subscriber_id
    else:
        with pytest.raises(BadLink):
            SEALS.open_link(token, purpose=opened_as, now=NOW)


@pytest.mark.parametrize(("lasts", "opens"), [(None, True), (1, True), (0, False), (-1, False)])
def test_a_link_opens_until_it_expires(lasts: int | None, opens: bool) -> None:
    expires_at = None if lasts is None else NOW + timedelta(seconds=lasts)
    link = Link(subscriber_id=uuid4(), subscription_id=uuid4(), expires_at=expires_at)
    token = SEALER.seal(link.model_dump_json().encode(), purpose="link.unsubscribe")
    if opens:
        assert SEALS.open_link(token, purpose="unsubscribe", now=NOW) == link
    else:
        with pytest.raises(ExpiredLink):
            SEALS.open_link(token, purpose="unsubscribe", now=NOW)


def test_a_field_of_a_newer_notifier_does_not_close_a_link() -> None:
    text = Link(subscriber_id=uuid4()).model_dump_json().replace("{", '{"colour": "blue", ', 1)
    token = SEALER.seal(text.encode(), purpose="link.manage")
    assert SEALS.open_link(token, purpose="manage", now=NOW)


@pytest.mark.parametrize("clear", [b"", b"not JSON", b"[]", b"\xff", b'{"subscriber_id": "x"}'])
def test_a_seal_around_something_else_is_a_bad_link(clear: bytes) -> None:
    with pytest.raises(BadLink):
        SEALS.open_link(SEALER.seal(clear, purpose="link.manage"), purpose="manage", now=NOW)


def test_accounts_and_inboxes_are_hashed_apart() -> None:
    assert SEALS.fingerprint("Jane@example.com") == SEALS.fingerprint("jane@example.com")
    assert SEALS.fingerprint("jane@example.com") != SEALS.inbox("jane@example.com")
    assert SEALS.inbox("ja.ne+x@example.com") == SEALS.inbox("jane@example.com")
    assert SEALS.fingerprint("jane@example.com") != Seals(Sealer({1: b"2" * 32})).fingerprint("jane@example.com")
