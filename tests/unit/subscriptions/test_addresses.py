import pytest

from services.subscriptions.domain.address import inbox, lookup, normalised


@pytest.mark.parametrize(
    ("text", "sent_to"),
    [
        ("jane@example.com", "jane@example.com"),
        ("Jane.Doe+jobs@EXAMPLE.Com", "Jane.Doe+jobs@example.com"),
        ("jane@bücher.de", "jane@xn--bcher-kva.de"),
        ("o'hara_1@sub.example.co.uk", "o'hara_1@sub.example.co.uk"),
    ],
)
def test_mail_goes_to_the_local_part_as_typed_and_the_domain_in_ascii(text: str, sent_to: str) -> None:
    assert normalised(text) == sent_to


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jane",
        "jane@",
        "@example.com",
        "jane@localhost",
        "jane@[127.0.0.1]",
        "jane@example..com",
        "jane@-example.com",
        "jane@example.com.",
        "jane@service.test",
        "ja ne@example.com",
        '"ja ne"@example.com',
        "jäne@example.com",
        "jane@example.com\nBcc: john@example.com",
        "jane@example.com, john@example.com",
        "Jane <jane@example.com>",
        "a" * 65 + "@example.com",
        "jane@" + "a." * 130 + "com",
    ],
)
def test_what_cannot_be_mailed_to_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        normalised(text)


@pytest.mark.parametrize(
    ("one", "other", "same_account", "same_inbox"),
    [
        ("jane@example.com", "JANE@example.com", True, True),
        ("jane@example.com", "jane+jobs@example.com", False, True),
        ("jane@example.com", "ja.ne@example.com", False, True),
        ("jane@example.com", "j.a.n.e+x+y@example.com", False, True),
        ("jane@example.com", "john@example.com", False, False),
        ("jane@example.com", "jane@example.org", False, False),
        ("+a@example.com", "+b@example.com", False, False),
    ],
)
def test_which_spellings_are_one_account_and_which_one_inbox(
    one: str, other: str, same_account: bool, same_inbox: bool
) -> None:
    assert (lookup(one) == lookup(other)) is same_account
    assert (inbox(one) == inbox(other)) is same_inbox
