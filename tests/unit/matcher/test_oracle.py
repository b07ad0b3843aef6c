"""The meaning of each clause, as the table in tests/data/clauses.yaml has it, and what holds for all clauses together."""

from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from schemas.filter import codes
from schemas.filter.syntax import parse
from schemas.filter.tree import VERSION, Filter
from services.matcher.domain.oracle import CLAUSES, held
from services.matcher.domain.wanted import wanted
from tests.unit.matcher.made import seen, verdicts

Row = dict[str, Any]

TABLE: Final[dict[str, list[Row]]] = yaml.safe_load((Path(__file__).parents[2] / "data" / "clauses.yaml").read_text("utf-8"))
CODES: Final = {
    "keywords": "keywords",
    "titles": "title",
    "places": "place",
    "workplaces": "workplace",
    "visa_types": "visa",
    "accepted_verdicts": "verdict",
    "hide citizenship": "citizenship",
    "hide clearance": "clearance",
    "minimum_pay": "pay",
    "employment_types": "employment",
    "companies": "company",
    "skills": "skills",
    "occupations": "occupation",
    "seniorities": "seniority",
    "maximum_degree": "degree",
    "maximum_experience": "experience",
    "employer_approvals": "approvals",
    "minimum_wage_level": "wage_level",
    "sources": "source",
    "languages": "language",
    "posted_within": "posted",
}
"""What each clause of the table is called in `schemas.filter.codes`."""
LEAST_ROWS: Final = 12


def _rows() -> list[Any]:
    return [pytest.param(clause, row, id=f"{clause} {at}") for clause, rows in TABLE.items() for at, row in enumerate(rows, 1)]


def _filter(clause: str, row: Row) -> dict[str, Any]:
    """The row's filter: it has this one clause, or none where only the version asks for something."""
    version = {"version": row.get("version", VERSION)}
    if "wants" not in row:
        return version
    wants = parse(row["wants"]) if clause == "keywords" and isinstance(row["wants"], str) else row["wants"]
    return version | {clause.partition(" ")[0]: wants}


def _members(says: Row) -> Row:
    """The posting's, with the three axes where a posting has them."""
    axes = {name: says[name] for name in ("sponsorship", "work_status", "clearance") if name in says}
    return {name: value for name, value in says.items() if name not in axes} | ({"verdict": axes} if axes else {})


@pytest.mark.parametrize(("clause", "row"), _rows())
def test_clause_means_what_the_table_says(clause: str, row: Row) -> None:
    code = CODES[clause] + (".unstated" if row.get("silent") else "")
    told = verdicts(_filter(clause, row), **_members(row["says"]))
    of_clause = {one: held for one, held in told.items() if one.removesuffix(codes.UNSTATED) == CODES[clause]}
    assert of_clause == {code: row["holds"]}, row.get("why", "")


def test_table_has_every_clause_with_answers_of_both_kinds() -> None:
    assert {clause.partition(" ")[0] for clause in TABLE} | {"version"} == set(Filter.model_fields)
    assert set(CODES.values()) == {clause.code for clause in CLAUSES}
    for clause, rows in TABLE.items():
        assert len(rows) >= LEAST_ROWS, clause
        assert {row["holds"] for row in rows} == {True, False}, clause


def test_all_clauses_must_hold_and_their_codes_are_told() -> None:
    sponsors = {"sponsorship": {"value": "offered"}}
    asked = wanted(Filter.model_validate({"visa_types": ["H-1B"], "workplaces": ["remote"]}))
    assert held(asked, seen(verdict=sponsors, workplace="remote")) == ("visa", "workplace")
    assert held(asked, seen(verdict=sponsors)) is None
    assert held(asked, seen(workplace="remote")) is None


def test_each_thing_to_hide_is_a_clause_of_its_own() -> None:
    secret = {"clearance": {"value": "must_obtain"}}
    assert verdicts({"hide": ["citizenship", "clearance"]}, verdict=secret) == {"citizenship": True, "clearance": False}


def test_visa_types_say_all_that_is_asked_of_sponsorship() -> None:
    assert verdicts({"version": 2, "visa_types": ["H-1B"]}) == {"visa.unstated": False}


def test_filter_of_the_first_version_takes_refusals_too() -> None:
    refused = {"sponsorship": {"value": "not_offered"}}
    assert held(wanted(Filter(version=1)), seen(verdict=refused)) == ("everything",)
    assert held(wanted(Filter(version=2)), seen(verdict=refused)) is None


def test_an_empty_filter_takes_everything() -> None:
    assert held(wanted(Filter()), seen()) == ("everything",)
