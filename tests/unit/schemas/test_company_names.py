"""Which names are the same company's, and which are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.words.company import company_key

SAME = [
    ("Acme, Inc.", "ACME"), ("Acme Corp.", "Acme Corporation"), ("Acme LLC", "acme l.l.c."), ("Acme Co., Ltd.", "Acme"), ("The Acme Company", "Acme"),
    ("Acme GmbH & Co. KG", "Acme"), ("Acme S.A.", "Acme SA"), ("Acme B.V.", "Acme"), ("Acme Pte. Ltd.", "Acme"), ("Acme Pty Limited", "Acme"),
    ("Acme Private Limited", "Acme Pvt. Ltd."), ("Acme PLC", "Acme AG"), ("Acme LP", "Acme LLP"), ("Acme A/S", "Acme"), ("Acme Bank, N.A.", "Acme Bank"),
    ("Acme, Inc. (US)", "Acme Inc"), ("Acme & Co.", "Acme"), ("Bolt & Nut", "Bolt and Nut Company"), ("B&N Inc.", "B & N"), ("Bolt & Nut LLP", "bolt and nut"),
    ("Dahl’s Foods", "Dahl's Foods"), ("Dahl's", "Dahls"), ("J.P. Dahl", "J. P. Dahl"), ("Müller SE", "MULLER"), ("Acme.com, Inc.", "ACME.COM"),
    ("Acme!", "Acme"), ("  Acme\t", "Acme"), ("Acme-Dahl", "Acme Dahl"),
]  # fmt: skip

DIFFERENT = [
    ("Acme", "Acme.com"), ("Acme.com, Inc.", "Acme.com Services LLC"), ("Acme", "Acme Labs"), ("Acme UK", "Acme"), ("Acme Holdings", "Acme"),
    ("Company Nurse LLC", "Nurse"), ("Inc Tank", "Tank"), ("Dahl", "Dahls"), ("Acme Co-op", "Acme"), ("Inc", "LLC"), ("A B", "A"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME, ids=repr)
def test_case_accents_punctuation_and_legal_forms_do_not_matter(one: str, other: str) -> None:
    assert company_key(one) == company_key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=repr)
def test_what_else_is_in_a_name_does(one: str, other: str) -> None:
    assert company_key(one) != company_key(other)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Inc", "inc"),
        ("Co. Inc.", "co"),
        ("The Company", "company"),
        ("The", "the"),
        ("X", "x"),
        ("北京 Ltd", "北京"),
        ("!!!", ""),
    ],
)
def test_a_name_that_is_all_legal_form_keeps_a_word(name: str, key: str) -> None:
    assert company_key(name) == key


NAMES = st.lists(
    st.sampled_from(["The", "Acme", "&", "Co.", "Inc", "A.", "B", "(US)", "S.A.", "Ltd", "x.com", "’s"]) | st.text(max_size=8),
    max_size=6,
)


@given(NAMES.map(" ".join))
def test_the_key_of_a_key_is_the_key(name: str) -> None:
    assert company_key(company_key(name)) == company_key(name)


@given(NAMES.map(" ".join), st.characters(categories=["Ll", "Lu", "Nd"]))
def test_a_name_with_a_letter_has_a_key(name: str, letter: str) -> None:
    assert company_key(f"{name} {letter}")
