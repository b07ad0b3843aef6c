"""What the topic of dead letters tells when it is read, what is shown of it, and which command lines are understood."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import ConsumerRecord

from runtime.dlq import parse
from runtime.letter_text import escaped, shown, table
from runtime.letters import Folding, Letter, Mark
from runtime.version import software

GROUPS = ("things-made", "things-sold")
AT = datetime(2026, 11, 27, 10, tzinfo=UTC)
STORY = {"error": "KeyError: 'x'", "topic": "things", "partition": "3", "offset": "17", "attempts": "2", "version": "v1"}


def record(offset: int, value: bytes | None, headers: Mapping[str, str], key: bytes | None = b"key") -> Any:
    encoded = tuple((name, text.encode()) for name, text in headers.items())
    at = int(AT.timestamp() * 1000) + offset * 60_000
    return ConsumerRecord("things-made.dlq", 0, offset, at, 0, key, value, None, 0, 0, encoded)


def mark(offset: int, resolves: object, action: str = "replayed", reason: str = "") -> Any:
    headers = {"resolves": str(resolves), "action": action, "reason": reason, "version": "v2"}
    return record(offset, None, headers, key=None)


def letter(**more: Any) -> Letter:
    members: dict[str, Any] = {"group": "things-made", "offset": 5, "at": AT, "key": b"key", "headers": STORY}
    return Letter(**(members | more))


# Folding


def fold(group: str, records: Iterable[Any]) -> list[Letter]:
    """The letters that these records of `<group>.dlq`, from its beginning, make."""
    folding = Folding(group)
    for one in records:
        folding.add(one)
    return folding.letters()


def test_a_letter_waits_until_a_mark_resolves_it() -> None:
    one, two = record(0, b"1", STORY), record(1, b"2", STORY | {"offset": "18"})
    assert [(found.id, found.mark) for found in fold("things-made", [one, two])] == [
        ("things-made:0", None),
        ("things-made:1", None),
    ]
    resolved, waiting = fold("things-made", [one, two, mark(2, 0, "dropped", "sent by a test")])
    assert resolved.mark == Mark("dropped", datetime(2026, 11, 27, 10, 2, tzinfo=UTC), "sent by a test", "v2")
    assert waiting.mark is None


def test_a_mark_is_no_letter() -> None:
    assert fold("things-made", [mark(0, 7), mark(1, "-1"), mark(2, "²"), record(3, None, {})]) == []


@pytest.mark.parametrize("stray", [mark(1, 7), mark(1, "0x0"), mark(1, ""), mark(1, 0, "burnt"), record(1, None, {})], ids=repr)
def test_a_mark_that_says_nothing_we_know_settles_nothing(stray: Any) -> None:
    [found] = fold("things-made", [record(0, b"1", STORY), stray])
    assert found.mark is None


def test_the_same_record_set_aside_again_after_a_kill_is_one_letter() -> None:
    again = STORY | {"attempts": "4", "row": "9.0"}
    [found] = fold("things-made", [record(0, b"1", STORY), record(1, b"1", again), record(2, b"1", again)])
    assert (found.id, found.repeats) == ("things-made:0", (1, 2))


@pytest.mark.parametrize("named", [0, 1])
def test_a_letter_and_its_repeat_are_settled_by_one_mark(named: int) -> None:
    [found] = fold("things-made", [record(0, b"1", STORY), record(1, b"1", STORY), mark(2, named)])
    assert found.mark is not None


def test_what_is_set_aside_again_after_it_was_settled_waits_again() -> None:
    first, second = fold("things-made", [record(0, b"1", STORY), mark(1, 0), record(2, b"1", STORY)])
    assert first.mark is not None
    assert (second.id, second.mark) == ("things-made:2", None)


def test_another_record_at_the_same_place_of_a_topic_that_was_made_anew_is_a_letter_of_its_own() -> None:
    assert len(fold("things-made", [record(0, b"1", STORY), record(1, b"2", STORY)])) == 2


def test_a_record_without_our_story_is_a_letter_all_the_same() -> None:
    [found] = fold("things-made", [record(0, b"", {})])
    assert found.source == "?/?@?"


def test_headers_that_are_no_text_are_read_all_the_same() -> None:
    strange = ConsumerRecord("things-made.dlq", 0, 0, 0, 0, None, b"1", None, 0, 0, (("error", b"\xff"), ("topic", None)))
    [found] = fold("things-made", [strange])
    assert found.headers == {"error": "\\xff", "topic": ""}


# Words


def test_a_table_has_a_line_for_each_letter_with_aligned_columns() -> None:
    lines = table([letter(), letter(offset=123, key=None)]).split("\n")
    assert lines == [
        "ID               SET ASIDE (UTC)      FROM         KEY  VERSION  ERROR",
        "things-made:5    2026-11-27 10:00:00  things/3@17  key  v1       KeyError: 'x'",
        "things-made:123  2026-11-27 10:00:00  things/3@17  -    v1       KeyError: 'x'",
    ]


def test_a_table_is_cut_to_the_terminal() -> None:
    lines = table([letter(headers=STORY | {"error": "long" * 100})], width=80).split("\n")
    assert [len(line) <= 80 for line in lines] == [True, True]
    assert lines[1].endswith("…")


def test_a_table_of_everything_says_what_became_of_each_and_why() -> None:
    dropped = letter(mark=Mark("dropped", AT, "sent by a test", "v2"))
    replayed = letter(mark=Mark("replayed", AT, "", "v2"))
    _, *lines = table([letter(), dropped, replayed], everything=True).split("\n")
    expected = ["waits", "dropped 2026-11-27 10:00: sent by a test", "replayed 2026-11-27 10:00 "]
    assert [words in line for words, line in zip(expected, lines, strict=True)] == [True] * 3


def test_a_long_key_is_cut_in_the_table() -> None:
    assert f"{'k' * 39}…  " in table([letter(key=b"k" * 100)])


HOSTILE = "\x1b[2J\x9b1m\r\n\t\x00\u202e\u2028\ud800"


def test_nothing_that_steers_a_terminal_is_written() -> None:
    assert escaped(HOSTILE) == "\\x1b[2J\\x9b1m\\r\\n\\t\\x00\\u202e\\u2028\\ud800"
    raw = HOSTILE.encode("utf-8", "surrogatepass")
    dangerous = letter(
        key=raw,
        headers=dict.fromkeys(STORY, HOSTILE) | {HOSTILE: HOSTILE},
        mark=Mark("dropped", AT, HOSTILE, HOSTILE),
    )
    for text in (table([dangerous], everything=True), shown(dangerous, raw), shown(dangerous, b'{"a": "\xc2\x9b \\ud800"}')):
        assert all(one.isprintable() or one == "\n" for one in text)


def test_json_is_indented() -> None:
    text = shown(letter(), '{"name":"Zoë","tags":["a"]}'.encode())
    assert text.endswith('value, 28 bytes:\n{\n  "name": "Zoë",\n  "tags": [\n    "a"\n  ]\n}')


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (b"not json\nat all", "not json\nat all"),
        (b"\xff\xfe{", "\\xff\\xfe{"),
        (b"", ""),
        (b"[" * 100_000, "[" * 100_000),
        (b"9" * 5000, "9" * 5000),
    ],
    ids=["text", "no UTF-8", "empty", "too deep", "too long a number"],
)
def test_what_is_no_json_is_written_as_it_is_where_it_prints(value: bytes, written: str) -> None:
    assert shown(letter(), value) == shown(letter(), b"").replace("0 bytes:\n", f"{len(value):,} bytes:\n{written}")


def test_showing_a_letter_tells_its_whole_story() -> None:
    text = shown(letter(repeats=(8, 9), mark=Mark("replayed", AT, "", "v2")), b"1")
    for words in ("things-made:5", "2026-11-27 10:00:00 UTC", "KeyError: 'x'", "8, 9", "replayed", "(with version v2)"):
        assert words in text
    assert [line.split()[0] for line in text.split("\n")[5:11]] == list(STORY)


# Command lines


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("", "required: COMMAND"),
        ("burn", "invalid choice: 'burn'"),
        ("list --group nobody", "invalid choice: 'nobody'"),
        ("show", "required: ID"),
        ("show 17", "'17' is no letter's ID: write GROUP:OFFSET, GROUP one of things-made, things-sold"),
        ("show things-made:", "is no letter's ID"),
        ("show things-made:1:2", "is no letter's ID"),
        ("show things-made:-1", "is no letter's ID"),
        ("replay", "name letters, or --all"),
        ("replay --group things-made", "name letters, or --all"),
        ("replay things-made:1 --all", "name letters or --all, not both"),
        ("replay things-made:1 nobody:1", "'nobody:1' is no letter's ID"),
        ("replay things-made:1 --group things-made", "--group goes with --all"),
        ("drop things-made:1", "required: --reason"),
        ("drop things-made:1 --reason _", "--reason must say something"),
    ],
)
def test_wrong_command_line_is_refused_in_words(line: str, complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse("things", GROUPS, [word.replace("_", " ") for word in line.split()])
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err


def test_help_names_the_groups_and_gives_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse("things", GROUPS, ["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert "things-made, things-sold" in text
    assert "dlq replay things-made:17" in text


# The version


def test_software_tells_its_version_or_its_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JOBALERTS_VERSION", raising=False)
    assert software.__wrapped__().startswith("sources-")
    assert software.__wrapped__() == software.__wrapped__()
    monkeypatch.setenv("JOBALERTS_VERSION", "3f2a")
    assert software.__wrapped__() == "3f2a"
