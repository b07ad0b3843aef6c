"""Verdicts in words: every value of every axis, with the sentence that proves it."""

from itertools import product
from typing import Any, Final

import pytest

from schemas.posting import Clearance, Sponsorship, Verdict, WorkStatus
from services.notifier.domain.verdict import Said, verdict_words
from tests.unit.notifier.made import REFUSED, evidence

# fmt: off
SPONSORSHIP: Final[list[tuple[Sponsorship, str, str]]] = [
    (Sponsorship(value="offered", visas=("H-1B", "TN")),     "Sponsors H-1B, TN",                  "offer"),
    (Sponsorship(value="offered"),                           "Sponsors visas",                     "offer"),
    (Sponsorship(value="conditional"),                       "Sponsors visas in some cases",       "caveat"),
    (Sponsorship(value="conditional", visas=("H-1B",)),      "Sponsors H-1B in some cases",        "caveat"),
    (Sponsorship(value="not_offered"),                       "Does not sponsor",                   "refusal"),
    (Sponsorship(value="contradictory"),                     "Contradicts itself about sponsorship", "caveat"),
    (Sponsorship(value="unstated"),                          "Does not say whether it sponsors",   "caveat"),
]
WORK_STATUS: Final[list[tuple[WorkStatus, str, str]]] = [
    (WorkStatus(value="us_citizen"),              "US citizens only",                                                    "refusal"),
    (WorkStatus(value="us_person"),               "US persons only (citizens, permanent residents, refugees, asylees)", "refusal"),
    (WorkStatus(value="export_license_possible"), "An export licence may be needed",                                    "caveat"),
]
CLEARANCE: Final[list[tuple[Clearance, str, str]]] = [
    (Clearance(value="active_required"), "Needs an active security clearance",              "refusal"),
    (Clearance(value="must_obtain"),     "You must be able to obtain a security clearance", "refusal"),
    (Clearance(value="preferred"),       "Prefers a security clearance",                    "caveat"),
]
# fmt: on


@pytest.mark.parametrize(("stated", "headline", "tone"), SPONSORSHIP, ids=[row[1] for row in SPONSORSHIP])
def test_sponsorship_in_words(stated: Sponsorship, headline: str, tone: Any) -> None:
    assert verdict_words(Verdict(sponsorship=stated)) == [Said(headline, "", tone)]


@pytest.mark.parametrize(("stated", "headline", "tone"), WORK_STATUS, ids=[row[1] for row in WORK_STATUS])
def test_work_status_in_words(stated: WorkStatus, headline: str, tone: Any) -> None:
    assert verdict_words(Verdict(work_status=stated))[1:] == [Said(headline, "", tone)]


@pytest.mark.parametrize(("stated", "headline", "tone"), CLEARANCE, ids=[row[1] for row in CLEARANCE])
def test_clearance_in_words(stated: Clearance, headline: str, tone: Any) -> None:
    assert verdict_words(Verdict(clearance=stated))[1:] == [Said(headline, "", tone)]


def test_each_axis_brings_the_sentence_that_proves_it() -> None:
    assert [(said.headline, said.sentence) for said in verdict_words(REFUSED)] == [
        ("Does not sponsor", "No sponsorship, now or in the future."),
        ("US citizens only", "US citizenship is required by contract."),
        ("You must be able to obtain a security clearance", "Must be able to obtain a Secret clearance."),
    ]


def test_a_refusal_is_shown_exactly_where_the_verdict_blocks_a_visa_holder() -> None:
    statuses = [row[0] for row in WORK_STATUS] + [WorkStatus()]
    clearances = [row[0] for row in CLEARANCE] + [Clearance()]
    for (sponsorship, *_), status, clearance in product(SPONSORSHIP, statuses, clearances):
        verdict = Verdict(sponsorship=sponsorship, work_status=status, clearance=clearance)
        assert any(said.tone == "refusal" for said in verdict_words(verdict)) is verdict.blocks_visa_holder


def test_a_long_sentence_is_cut_and_put_on_one_line() -> None:
    long = Verdict(sponsorship=Sponsorship(value="offered", evidence=evidence("We\r\nsponsor " + "very " * 200)))
    sentence = verdict_words(long)[0].sentence
    assert sentence.startswith("We sponsor very")
    assert sentence.endswith("…")
    assert len(sentence) <= 300
