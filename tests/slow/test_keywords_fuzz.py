"""A hundred thousand texts that nobody would type: each is read, or refused in words."""

from tests.support.hostile import generated
from tests.unit.schemas.test_syntax_fuzz import assert_answered


def test_hundred_thousand_texts_are_each_read_or_refused_in_words() -> None:
    read = sum(map(assert_answered, generated(100_000)))
    assert 5_000 < read < 95_000  # neither side of the language is left untried
