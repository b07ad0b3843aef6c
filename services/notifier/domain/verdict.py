"""What a posting says about visas, in words: a verdict enters, a line for each of its axes that says something leaves."""

from dataclasses import dataclass
from typing import Final, Literal

from schemas.posting import Clearance, Sponsorship, Verdict, WorkStatus
from services.notifier.domain.content import SENTENCE, cut


@dataclass(frozen=True, slots=True)
class Said:
    """One thing a posting says about visas, with the sentence that proves it ("" where it is silent)."""

    headline: str
    sentence: str
    tone: Literal["offer", "refusal", "caveat"]


def verdict_words(verdict: Verdict) -> list[Said]:
    """What the posting says about visas: first about sponsorship, even where it is silent, then what else it demands."""
    visas = ", ".join(verdict.sponsorship.visas) or "visas"
    axes = (
        (_SPONSORSHIP[verdict.sponsorship.value].format(visas=visas), verdict.sponsorship),
        (_WORK_STATUS[verdict.work_status.value], verdict.work_status),
        (_CLEARANCE[verdict.clearance.value], verdict.clearance),
    )
    return [_said(headline, axis) for headline, axis in axes if headline]


def _said(headline: str, axis: Sponsorship | WorkStatus | Clearance) -> Said:
    sentence = cut(" ".join(axis.evidence.sentence.split()), SENTENCE) if axis.evidence else ""
    return Said(headline, sentence, "refusal" if axis.value in _REFUSALS else "offer" if axis.value == "offered" else "caveat")


_REFUSALS: Final = frozenset({"not_offered", "us_citizen", "us_person", "active_required", "must_obtain"})
"""What `Verdict.blocks_visa_holder` counts, axis by axis."""
_SPONSORSHIP: Final = {
    "offered": "Sponsors {visas}",
    "conditional": "Sponsors {visas} in some cases",
    "not_offered": "Does not sponsor",
    "contradictory": "Contradicts itself about sponsorship",
    "unstated": "Does not say whether it sponsors",
}
_WORK_STATUS: Final = {
    "us_citizen": "US citizens only",
    "us_person": "US persons only (citizens, permanent residents, refugees, asylees)",
    "export_license_possible": "An export licence may be needed",
    "none": "",
}
_CLEARANCE: Final = {
    "active_required": "Needs an active security clearance",
    "must_obtain": "You must be able to obtain a security clearance",
    "preferred": "Prefers a security clearance",
    "none": "",
}
