"""JAW-1's rows mean the same to the product as to the referee, and a wrong workload is told in words."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.matching import product
from benchmarks.matching.__main__ import main
from benchmarks.matching.product import asked, known
from benchmarks.matching.referee import Referee
from benchmarks.matching.rows import FilterRow, PostingRow, UnreadableError, read_filters, read_postings
from schemas.filter.tree import VERSION
from schemas.places import Spot, gazetteer
from services.matcher.domain.oracle import held
from tests.support import jaw1

FILTER = FilterRow(keywords=("s1",), excluded="", visa=-1, place=-1, employment=-1, remote=False, pay=0, company=-1)
POSTING = PostingRow(
    tokens=("w7", "s1", "s2"), visas=(0, 3), places=(4, 21, 130), employment=2, remote=False, pay=120, company=12
)
REMOTE = {"remote": True, "places": (4,)}
CASES: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({}, {}, True),
    ({"keywords": ("s2", "s1")}, {}, True),
    ({"keywords": ("s1", "s3")}, {}, False),
    ({"keywords": ("s",)}, {}, False),
    ({"excluded": "s2"}, {}, False),
    ({"excluded": "s3"}, {}, True),
    ({"visa": 3}, {}, True),
    ({"visa": 1}, {}, False),
    ({"visa": 7}, {"visas": (7,)}, True),
    ({"visa": 0}, {"visas": ()}, False),
    ({"place": 130}, {}, True),
    ({"place": 13}, {}, False),
    ({"place": 21}, {}, True),
    ({"place": 121}, {}, False),
    ({"place": 4}, {}, True),
    ({"place": 0}, {}, False),
    ({"place": 4}, REMOTE, True),
    ({"place": 130}, REMOTE, False),
    ({"employment": 2}, {}, True),
    ({"employment": 4}, {}, False),
    ({"remote": True}, {}, False),
    ({"remote": True}, REMOTE, True),
    ({"pay": 120}, {}, True),
    ({"pay": 125}, {}, False),
    ({"pay": 40}, {"pay": -1}, False),
    ({"company": 12}, {}, True),
    ({"company": 1}, {}, False),
]


@pytest.mark.parametrize(("asks", "says", "matches"), CASES)
def test_a_row_means_the_same_to_product_and_referee(asks: dict[str, Any], says: dict[str, Any], matches: bool) -> None:
    filter, posting = FILTER._replace(**asks), POSTING._replace(**says)
    assert (held(asked(filter), known(posting)) is not None) is matches
    assert Referee([filter]).ids(posting).tolist() == [0] * matches


def test_filters_are_of_the_present_language() -> None:
    assert product.as_filter(FILTER).version == VERSION


def test_no_name_is_read_as_a_real_place() -> None:
    places = gazetteer()
    for number in range(10):
        assert not places.is_country(product.country(number))
    for name in (product.state(10), product.state(99), product.city(100), product.city(499)):
        assert places.locate(name, None, None) == Spot(name.lower(), "", "")
        assert not places.cities(name)
        assert places.state_code(name) is None
        assert places.country_code(name) is None


def test_every_place_and_company_is_one_of_its_own() -> None:
    spots = {known(POSTING._replace(places=(number,))).spots for number in range(500)}
    keys = {known(POSTING._replace(company=number)).company_key for number in range(5_000)}
    assert (len(spots), len(keys)) == (500, 5_000)


def test_a_posting_in_two_cities_is_refused() -> None:
    with pytest.raises(ValueError, match="in one city"):
        known(POSTING._replace(places=(4, 130, 131)))


def test_the_command_writes_what_the_referee_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, ids = jaw1.write(tmp_path / "jaw1", 3_000, 60), tmp_path / "ids"
    assert main(["--workload", str(folder), "--filters", "2500", "--postings", "50", "--ids", str(ids)]) == 0
    referee = Referee(read_filters(folder, 2_500))
    expected = [referee.ids(posting).tolist() for posting in read_postings(folder, 50)]
    assert [[int(id) for id in line.split()] for line in ids.read_text().splitlines()] == expected
    assert sum(map(len, expected)) > 100
    assert "of 50 postings" in capsys.readouterr().out


def test_the_command_says_why_it_cannot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(tmp_path, filters=["0\ts1\t\t-1\t-1\t-1\t0\t0\t-1"], postings=["0\ts1\t\t4\t0\t0\t-1\t5"])
    ids = str(tmp_path / "ids")
    for arguments, words in {
        ("--workload", str(tmp_path / "none"), "--ids", ids): "filters.tsv cannot be read: No such file",
        ("--workload", str(tmp_path), "--ids", ids, "--filters", "2"): "filters.tsv has 1 rows, and 2 are asked for",
        ("--workload", str(tmp_path), "--ids", str(tmp_path / "no" / "ids")): "no/ids cannot be written: No such file",
    }.items():
        assert main(arguments) == 1
        assert words in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--workload", str(tmp_path), "--ids", ids, "--filters", "0"])
    assert "'0' is not a number from 1 up" in capsys.readouterr().err


def test_a_file_of_another_form_is_told_with_its_line(tmp_path: Path) -> None:
    _write(tmp_path, filters=["0\ts1\t\t-1\t-1\t-1\t0\t0\t-1", "1\ts1"], postings=["0\ts1\t\tx\t0\t0\t-1\t5"])
    with pytest.raises(UnreadableError, match=r"filters\.tsv, line 2: not the columns"):
        list(read_filters(tmp_path))
    with pytest.raises(UnreadableError, match=r"postings\.tsv, line 1: not the columns"):
        list(read_postings(tmp_path))


def _write(folder: Path, *, filters: list[str], postings: list[str]) -> None:
    (folder / "filters.tsv").write_text("".join(f"{line}\n" for line in filters))
    (folder / "postings.tsv").write_text("".join(f"{line}\n" for line in postings))
