"""A posting's verdict, its summary, and what it was before a change."""

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.posting import FieldChange, Pay, Place, Posting, PostingChanged, Verdict
from tests.contract.snapshots import EXAMPLES

FULL = PostingChanged.model_validate_json((EXAMPLES / "posting_changed.v1.jsonl").read_text("utf-8").splitlines()[1])


@pytest.mark.parametrize(
    ("sponsorship", "work_status", "clearance", "blocks"),
    [
        ("offered", "none", "none", False),
        ("conditional", "none", "none", False),
        ("contradictory", "none", "none", False),
        ("unstated", "none", "none", False),
        ("not_offered", "none", "none", True),
        ("offered", "us_citizen", "none", True),
        ("offered", "us_person", "none", True),
        ("offered", "export_license_possible", "none", False),
        ("offered", "none", "active_required", True),
        ("offered", "none", "must_obtain", True),
        ("offered", "none", "preferred", False),
        ("unstated", "export_license_possible", "preferred", False),
    ],
)
def test_posting_blocks_a_visa_holder_exactly_when_one_axis_does(
    sponsorship: str, work_status: str, clearance: str, *, blocks: bool
) -> None:
    axes = {"sponsorship": sponsorship, "work_status": work_status, "clearance": clearance}
    verdict = Verdict.model_validate({axis: {"value": value} for axis, value in axes.items()})
    assert verdict.blocks_visa_holder is blocks


def test_summary_is_the_posting_without_its_text() -> None:
    summary = FULL.posting.summary().model_dump()
    assert summary == FULL.posting.model_dump(exclude={"text", "html", "sections", "origins"})
    assert not isinstance(FULL.posting.summary(), Posting)


def changed(**old: Any) -> Posting:
    """The posting before a change from these values."""
    now = FULL.posting.model_dump(mode="json")
    changes = [FieldChange(field=name, old=value, new=now.get(name)) for name, value in old.items()]
    return FULL.model_copy(update={"changes": tuple(changes)}).previous()


def test_previous_posting_has_the_old_values_and_keeps_the_others() -> None:
    before = changed(title="Engineer", pay=None, places=[{"city": "Boston"}], verdict={"clearance": {"value": "must_obtain"}})
    assert (before.title, before.pay, before.places) == ("Engineer", None, (Place(city="Boston"),))
    assert before.verdict.blocks_visa_holder
    assert before.model_dump(exclude={"title", "pay", "places", "verdict"}) == FULL.posting.model_dump(
        exclude={"title", "pay", "places", "verdict"}
    )


def test_change_of_a_field_that_this_version_does_not_know_is_ignored() -> None:
    assert changed(field_of_tomorrow=[1]) == FULL.posting


def test_pay_without_either_end_is_refused() -> None:
    assert Pay.model_validate({"minimum": 0, "currency": "USD", "period": "year"}).maximum is None
    with pytest.raises(ValidationError, match="name a minimum or a maximum"):
        Pay.model_validate({"currency": "USD", "period": "year"})


@pytest.mark.parametrize("amount", [-1, "-0.01", "NaN", "Infinity", 10**13, "1E+99999"])
def test_pay_that_is_no_amount_is_refused(amount: object) -> None:
    with pytest.raises(ValidationError):
        Pay.model_validate({"minimum": amount, "currency": "USD", "period": "year"})
