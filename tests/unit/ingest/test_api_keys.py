"""API keys and publishers' names."""

import pytest

from services.ingest.domain.publisher import NAME, is_same, make_key, public_id_of

KEY = make_key(bytes(range(8)), bytes(range(32)))


def test_key_carries_its_public_id() -> None:
    assert KEY.text == "jai_0001020304050607_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    assert public_id_of(KEY.text) == KEY.public_id == "0001020304050607"


def test_only_the_key_itself_is_the_same() -> None:
    assert is_same(KEY.text, KEY.hash)
    assert not is_same(KEY.text[:-1] + "9", KEY.hash)


@pytest.mark.parametrize(
    "text", ["", "jai_", "jai_0001020304050607_", KEY.text + "x", KEY.text[:-1], KEY.text.upper(), "jai_\0_x", "é" * 64]
)
def test_what_is_no_key_has_no_public_id(text: str) -> None:
    assert public_id_of(text) is None


@pytest.mark.parametrize(
    ("name", "good"),
    [("a", True), ("visa-board.2", True), ("a" * 100, True), ("a" * 101, False), ("", False), ("-a", False), ("a-", False),
     ("A", False), ("a b", False), ("a\n", False), ("ä", False)],
)  # fmt: skip
def test_names(name: str, good: bool) -> None:
    assert bool(NAME.fullmatch(name)) is good
