"""A seal opens for the purpose it was made for, with a key that is still held, as it was made; nothing else opens."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import Fatal
from runtime.sealing import BadSeal, Sealer

FIRST, SECOND, OTHER = bytes(32), bytes([1]) * 32, bytes([2]) * 32
SEALER = Sealer({1: FIRST, 2: SECOND})
SEALED = SEALER.seal(b"jane@example.com", purpose="address")


def test_what_was_sealed_opens_and_each_seal_is_another() -> None:
    again = SEALER.seal(b"jane@example.com", purpose="address")
    assert SEALER.open(SEALED, purpose="address") == SEALER.open(again, purpose="address") == b"jane@example.com"
    assert again != SEALED
    assert "jane" not in SEALED


def test_seal_does_not_open_for_another_purpose() -> None:
    with pytest.raises(BadSeal):
        SEALER.open(SEALED, purpose="link.unsubscribe")


def test_newest_key_seals_and_older_ones_still_open() -> None:
    old = Sealer({1: FIRST}).seal(b"before", purpose="address")
    assert old.startswith("k1.")
    assert SEALED.startswith("k2.")
    assert SEALER.open(old, purpose="address") == b"before"


def test_seal_of_a_key_that_was_taken_away_does_not_open() -> None:
    with pytest.raises(BadSeal):
        Sealer({1: FIRST}).open(SEALED, purpose="address")


def test_seal_of_another_key_under_the_same_number_does_not_open() -> None:
    with pytest.raises(BadSeal):
        Sealer({2: OTHER}).open(SEALED, purpose="address")


@pytest.mark.parametrize(
    "forged",
    ["", "k", "k2", "k2.", ".", "k2.AAAA", SEALED[1:], "k" + SEALED, f" {SEALED}", f"{SEALED}=", f"{SEALED}\n", "k99999999999." + SEALED[3:], "k٢" + SEALED[2:], "k2.é" + SEALED[4:], "k1" + SEALED[2:]],
    ids=lambda forged: repr(forged.replace(SEALED[3:], "<rest>").replace(SEALED[4:], "<rest>")),
)  # fmt: skip
def test_what_we_did_not_seal_does_not_open(forged: str) -> None:
    with pytest.raises(BadSeal):
        SEALER.open(forged, purpose="address")


@given(st.text(max_size=60))
def test_no_text_opens(text: str) -> None:
    with pytest.raises(BadSeal):
        SEALER.open(text, purpose="address")


@pytest.mark.parametrize("length", range(len(SEALED)))
def test_truncated_seal_does_not_open(length: int) -> None:
    with pytest.raises(BadSeal):
        SEALER.open(SEALED[:length], purpose="address")


@pytest.mark.parametrize("place", range(len(SEALED)))
def test_seal_changed_in_any_character_does_not_open(place: int) -> None:
    for character in "A0_-.k~":
        changed = SEALED[:place] + character + SEALED[place + 1 :]
        if changed != SEALED:
            with pytest.raises(BadSeal):
                SEALER.open(changed, purpose="address")


def test_fingerprint_stays_when_keys_are_added_and_differs_by_key_and_text() -> None:
    before = Sealer({1: FIRST}).fingerprint("jane@example.com")
    assert SEALER.fingerprint("jane@example.com") == before
    assert len(before) == 32
    assert SEALER.fingerprint("john@example.com") != before
    assert Sealer({1: OTHER}).fingerprint("jane@example.com") != before


def test_fingerprint_does_not_change_between_releases() -> None:
    """It is stored: addresses are found again by it."""
    assert Sealer({1: FIRST}).fingerprint("jane@example.com").hex().startswith("7aa1995db7d67c4333375e5b")


def test_keys_are_read_from_a_setting() -> None:
    text = ", ".join(f"{number}:{base64.b64encode(key).decode()}" for number, key in ((1, FIRST), (2, SECOND)))
    assert Sealer.parse(text).open(SEALED, purpose="address") == b"jane@example.com"


@pytest.mark.parametrize(
    "text",
    ["", "1", "1:", ":", "secret" * 7, base64.b64encode(OTHER).decode(), "1:not base64!", "1:" + base64.b64encode(bytes(16)).decode(), "one:" + base64.b64encode(OTHER).decode()],
)  # fmt: skip
def test_wrong_setting_is_one_sentence_that_tells_no_key(text: str) -> None:
    with pytest.raises(Fatal, match=r"^sealing (keys are written 1:<base64 of 32 bytes>|needs at least one key)") as refused:
        Sealer.parse(text)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    assert not text or text.partition(":")[2] not in str(refused.value) or not text.partition(":")[2]
