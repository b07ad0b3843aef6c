"""What texts and fields say of pay."""

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.posting import Pay
from services.ingest.domain.pay import pay_in, pay_of
from services.ingest.domain.stated import StatedPay


def said(text: str, countries: tuple[str, ...] = ()) -> str:
    found = pay_in(text, countries)
    return told(found and found.value)


def told(pay: Pay | None) -> str:
    return f"{pay.minimum or ''}-{pay.maximum or ''} {pay.currency} {pay.period}" if pay else ""


@pytest.mark.parametrize(
    ("text", "pay"),
    [
        ("The base salary range for this role is $151,000 - $187,500 a year.", "151000-187500 USD year"),
        ("Annual base salary: $151,000.00—$187,500.50 USD", "151000-187500.5 USD year"),
        ("Pay range: USD $98,400 – $131,200 per year.", "98400-131200 USD year"),
        ("Salary Range\n$98,400 -- $131,200", "98400-131200 USD year"),
        ("Expected base pay (USD) 98,400 - 131,200, $ per annum", "98400-131200 USD year"),
        ("Lakeside, MN - 98,400.00 - 131,200.00 USD annually", "98400-131200 USD year"),
        ("Base pay will be between $91,000 and $117,000 depending on experience.", "91000-117000 USD year"),
        ("Salary: 91,000 to 117,000 USD per year (or local equivalent)", "91000-117000 USD year"),
        ("Lodestar | Riverton | Full-time | $95k-$125k + equity", "95000-125000 USD year"),
        ("Lodestar | Riverton | 95-125k USD | Onsite", "95000-125000 USD year"),
        ("Lodestar | $95 - $125K, 0.5% equity | Onsite", "95000-125000 USD year"),
        ("Lodestar | Riverton | $95~125k (DOE)", "95000-125000 USD year"),
        ("Salary up to $90k", "-90000 USD year"),
        ("Our customers earn $100,000 per year.", ""),
        ("Salaire : 45 000 € à 55 000 € par an", "45000-55000 EUR year"),
        ("Salary: $150,000 (Lakeside); $170,000 (Harbourton)", "150000-170000 USD year"),
        ("Salary: 10 000 - 12 000 PLN gross/month", "10000-12000 PLN month"),
        ("| Full time | Up to £41k", "-41000 GBP year"),
        ("Pay from $45/hr", "45- USD hour"),
        ("We'll pay $120k and up for the right person.", "120000- USD year"),
        ("Salary $105k+ & equity", "105000- USD year"),
        ("Salary: $80-120k+", "80000- USD year"),
        ("Pay: $70 - $90 / hour", "70-90 USD hour"),
        ("The hourly rate for this position is $31.50 - $44.", "31.5-44 USD hour"),
        ("Salary range for this position: $31.50 - $44.00.", "31.5-44 USD hour"),
        ("Contract | $7-9K / month", "7000-9000 USD month"),
        ("two-month contract | $2k/wk", "2000-2000 USD week"),
        ("Day rate: £450 - £525 per day", "450-525 GBP day"),
        ("Engineer | Harbourton, UK | £60-70k", "60000-70000 GBP year"),
        ("Gehalt: € 55.000 - 65.000 im Jahr", "55000-65000 EUR year"),
        ("ONSITE €38k-€52k p.a. depending on experience", "38000-52000 EUR year"),
        ("Engineer | Onsite | 48k€ - 61k€", "48000-61000 EUR year"),
        ("Salary: 60 000 - 70 000 EUR per year", "60000-70000 EUR year"),
        ("SALARY: 95k-130k CHF", "95000-130000 CHF year"),
        ("Salary: 14-18k PLN per month", "14000-18000 PLN month"),
        ("Salary: C$90,000 - C$110,000", "90000-110000 CAD year"),
        ("Salary: A$115k", "115000-115000 AUD year"),
        ("Pay: $110k CAD", "110000-110000 CAD year"),
        ("The base salary for this position is $210,000, and there is a bonus.", "210000-210000 USD year"),
        ("OTE: $120k - $150k", "120000-150000 USD year"),
        ("On-target earnings of £70,000 - £90,000", "70000-90000 GBP year"),
        ("- €75–90k OTE, uncapped", "75000-90000 EUR year"),
        ("Base: $100k - $120k, OTE: $200k - $240k", "100000-120000 USD year"),
        ("$180k OTE ($90k base + commission)", "90000-90000 USD year"),
        ("Up to $120,000 base", "-120000 USD year"),
        ("Salary: $130,000 per year to $150,000 per year", "130000-150000 USD year"),
        ("$130,000/yr - $150,000/yr", "130000-150000 USD year"),
        ("$15/hr", "15-15 USD hour"),
        ("Hourly range: $21.00-$26.00", "21-26 USD hour"),
        ("Salary: 45k-60k EUR", "45000-60000 EUR year"),
        ("USD 120,000 - 150,000", "120000-150000 USD year"),
        ("Salary: £50k", "50000-50000 GBP year"),
        ("Jahresgehalt: 120.000 €", "120000-120000 EUR year"),
        ("$120K–$150K DOE", "120000-150000 USD year"),
        ("Dental Assistant - $22 - $26 per hour", "22-26 USD hour"),
        ("Salary: $100,000 - $120,000. Benefits: up to $5,250 per year", "100000-120000 USD year"),
        ("Salary: $100,000 - $120,000 (up to $5,250 per year for education)", "100000-120000 USD year"),
        ("Salary: $100,000 - $120,000\n- Fertility HRA (up to $10,000 per year)", "100000-120000 USD year"),
        ("Salary is up to €42,000 per year before taxes, around €2,100 per month after taxes.", "-42000 EUR year"),
    ],
)
def test_stated_pay_is_read(text: str, pay: str) -> None:
    assert said(text) == pay


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We raised $30M and pay well.",
        "We just closed a $4.5 million seed round.",
        "We process $2B in payments a year for 400k customers.",
        "Salary and a sign-on bonus of $10,000.",
        "$5,000 signing bonus",
        "a $10k referral bounty",
        "401(k) with a match of 4%, and $1,500 per year for conferences",
        "Learning budget: $2,000 per year",
        "$650 monthly stipend",
        "Relocation allowance of $7,500 - $12,000",
        "You own a budget of $200k - $500k.",
        "houses that go for $150,000 to $450,000",
        "instead of spending $10,000 to $20,000 on a course",
        "Total compensation of $200,000 - $300,000 with equity",
        "€2,100 - €2,400 net per month",
        "Our product costs $99 a month.",
        "Compensation: up to $600k+",
        "Salary: around $120k",
        "Salary: $139,700-216-500",
        "Salary: $175k-£250k",
        "Salary: $120k-$90k",
        "Salary: C$90 - C$150",
        "Pay: $300 - $400",
        "Salary: 6,000 - 8,000 SGD",
        "Salary: 100,000 tokens",
        "Salary: 80-120k",
        "We handle 100K+ requests, 70k users and 15 regions.",
        "Familiarity with 3D CAD 2018",
        "Per diem of $75 per day",
        "$20 gift card per hour of testing",
        "Education (up to $10,000 per year)",
        "Fertility and adoption (up to $10,000 per year)",
        "Fertility HRA (up to $8,000 per year)",
        "HSA contribution of $1,200 per year",
        "FSA: $250 per month",
        "Health: $2,000 per year",
        "Family planning (up to $15,000 per year)",
        "Coworking: up to £3,000 per year",
        "Accommodation: €900 per month",
        "Spending accounts: $600 per month",
        "Childcare of $800 per month",
        "Dental (up to $2,000 per year)",
        "Up to $5,000 per year",
        "| Full time | up to $5,000 per year towards courses |",
        "Retirement: up to $7,000 a year",
        "401(k) match up to $5,000 per year",
        "Sign-on of up to $20,000",
        "Referral: $2,000 - $5,000",
        "$10M ARR",
        "We have $900,000 - $1,200,000 in ARR",
        "An ACV of $50,000 - $100,000 per year",
        "A quota of $800,000 per year",
        "$2.50 per hour shift differential",
        "Overtime: $45/hr",
    ],
)
def test_what_is_no_pay_or_unclear_says_nothing(text: str) -> None:
    assert said(text) == ""


@pytest.mark.parametrize(
    ("text", "pay"),
    [
        (
            "Salary is 90,000 USD - 120,000 USD for Level 1, and 110,000 USD - 150,000 USD for Level 2.",
            "90000-150000 USD year",
        ),
        ("Zone 1 pay range $100,000 — $140,000 USD Zone 2 pay range $90,000 — $126,000 USD", "90000-140000 USD year"),
        ("Zone A: $120,000 - $150,000. Zone B: $110,000 - $140,000. Zone C: $100,000 - $130,000.", "100000-150000 USD year"),
        ("Pay in Harbourton: $150,000 - $180,000 | in Riverton: $140,000 - $170,000", "140000-180000 USD year"),
        ("Junior salary: $60k - $80k\nSenior salary: up to $150k", "-150000 USD year"),
        ("Salary: $85,000/yr USD or $105,000/yr CAD", ""),
        ("Salary: $90k - $110k a year. Contractors: the hourly rate is $60 - $75.", ""),
    ],
)
def test_of_several_ranges_it_is_the_widest_of_one_kind(text: str, pay: str) -> None:
    assert said(text) == pay


@pytest.mark.parametrize(
    ("text", "countries", "currency"),
    [
        ("Salary: $90k", (), "USD"),
        ("Salary: $90k. Our office is in Toronto.", (), ""),
        ("Salary: $90k. Our other office is in Toronto.", ("US",), "USD"),
        ("Salary: $90k", ("CA",), "CAD"),
        ("Salary: $90k", ("AU", "NZ"), ""),
        ("Salary: $90k", ("US", "DE"), "USD"),
        ("Salary: $90k", ("US", "CA"), ""),
        ("Salary: $90k", ("DE",), "USD"),
        ("Salary: $90k", ("MX",), ""),
        ("Salary: US$90k", ("CA",), "USD"),
        ("Salary: 45 000 kr per month", ("SE",), "SEK"),
        ("Salary: 45 000 kr per month", (), ""),
        ("Salary: ¥6,000,000 per year", ("JP",), "JPY"),
        ("Salary: ¥6,000,000 per year", (), ""),
    ],
)
def test_a_mark_of_several_currencies_means_that_of_the_places(text: str, countries: tuple[str, ...], currency: str) -> None:
    found = pay_in(text, countries)
    assert (found.value.currency if found else "") == currency


def test_offsets_hold_the_words_that_say_it() -> None:
    text = "About us.\n\nThe salary is up to $90k a year, and there is coffee."
    found = pay_in(text)
    assert found
    assert text[found.start : found.end] == "up to $90k a year"


@pytest.mark.parametrize(
    ("minimum", "maximum", "currency", "period", "pay"),
    [
        ("85389", "116975", "USD", "PA", "85389-116975 USD year"),
        ("85389", "116975", "USD", "Per Year", "85389-116975 USD year"),
        ("70", "90", "USD", "hour", "70-90 USD hour"),
        ("70", None, "usd", "HOURLY", "70- USD hour"),
        ("60000", "80000", "EUR", "1 YEAR", "60000-80000 EUR year"),
        ("60000", "80000", "€", "per-year-salary", "60000-80000 EUR year"),
        ("5000", "7000", "PLN", "1 MONTH", "5000-7000 PLN month"),
        (None, "80000.004", "GBP", "annual", "-80000 GBP year"),
        ("0", "80000", "GBP", "annual", "-80000 GBP year"),
        ("60000", "80000", "USD", "", "60000-80000 USD year"),
        ("21.5", "30", "USD", "", "21.5-30 USD hour"),
        ("80", "120", "USD", "", ""),
        ("6000", "9000", "USD", "", ""),
        ("30000", "40000", "SEK", "", ""),
        ("1200", "1400", "USD", "2 WEEK", ""),
        ("1200", "1400", "USD", "BI-WEEKLY", ""),
        ("1200", "1400", "USD", "Fee basis", ""),
        ("90000", "60000", "USD", "YEAR", ""),
        ("1", "1", "USD", "YEAR", ""),
        ("0", "0", "USD", "YEAR", ""),
        (None, None, "USD", "YEAR", ""),
        ("NaN", "80000", "USD", "YEAR", "-80000 USD year"),
        ("60000", "80000", "gold", "YEAR", ""),
        ("60000", "80000", "", "YEAR", ""),
    ],
)
def test_fields_are_read_in_the_sources_words(
    minimum: str | None, maximum: str | None, currency: str, period: str, pay: str
) -> None:
    stated = StatedPay(
        minimum=None if minimum is None else Decimal(minimum),
        maximum=None if maximum is None else Decimal(maximum),
        currency=currency,
        period=period,
    )
    assert told(pay_of(stated, "")) == pay


def test_what_fields_leave_open_is_filled_in_by_the_text_then_by_the_places() -> None:
    stated = StatedPay(minimum=Decimal(6000), maximum=Decimal(7500))
    assert told(pay_of(stated, "The salary is 6.000 - 7.500 EUR per month.")) == "6000-7500 EUR month"
    assert told(pay_of(stated, "The salary is 1.000 - 2.000 EUR per month.", ("DE",))) == ""
    stated = StatedPay(minimum=Decimal(60000), period="year")
    assert told(pay_of(stated, "", ("DE", "FR"))) == "60000- EUR year"
    assert told(pay_of(stated, "", ("DE", "GB"))) == ""


PIECES = st.sampled_from(
    [
        "$",
        "€",
        "£",
        "USD",
        "CAD",
        "C$",
        "(",
        ")",
        "-",
        "–",
        "to",
        "and",
        "between",
        "up",
        "to",
        "from",
        "k",
        "K",
        "+",
        "/",
        ",",
        ".",
        ":",
        "|",
        "\n",
        "salary",
        "pay",
        "bonus",
        "per",
        "hour",
        "year",
        "annum",
        "a",
        "p.a.",
        "1",
        "20",
        "95",
        "120",
        "90,000",
        "55.000",
        "1,5",
        "60",
        "000",
        "31.50",
        "million",
        "M",
        "%",
        "¥",
        "kr",
        "999999999999",
        "0",
    ]
)


@given(
    st.lists(PIECES).map(" ".join) | st.lists(PIECES).map("".join) | st.text(),
    st.sampled_from([(), ("US",), ("CA", "US"), ("SE",)]),
)
def test_any_text_is_read_within_bounds(text: str, countries: tuple[str, ...]) -> None:
    if found := pay_in(text, countries):
        assert 0 <= found.start < found.end <= len(text)
        assert any(char.isdigit() for char in text[found.start : found.end])
        ends = [end for end in (found.value.minimum, found.value.maximum) if end is not None]
        assert 0 < ends[0] <= ends[-1] <= 10**12


@given(
    st.none() | st.decimals(),
    st.none() | st.decimals(),
    st.text(max_size=20) | st.sampled_from(["USD", "$", "kr"]),
    st.text(max_size=20),
)
def test_any_fields_are_read_within_bounds(
    minimum: Decimal | None, maximum: Decimal | None, currency: str, period: str
) -> None:
    found = pay_of(StatedPay(minimum=minimum, maximum=maximum, currency=currency, period=period), "", ("US",))
    ends = [end for end in (found.minimum, found.maximum) if end is not None] if found else [Decimal(1)]
    assert 0 < ends[0] <= ends[-1]


@pytest.mark.parametrize(
    "piece",
    ["$1-", "1", " ", "$1,", "1,111", "$1k ", "salary $100k-$120k ", "$1 per ", "between $1 and ", "$ ", "(USD) ", "1 111 "],
)
def test_hostile_texts_take_linear_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    started = time.process_time()
    pay_in(text)
    assert time.process_time() - started < 1, "a tenth of it is usual; what is quadratic takes a minute"
