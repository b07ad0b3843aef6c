"""Email addresses: one spelling for sending, one for finding the account again, one for counting mails to an inbox.

Decided: mail goes to the local part as it was typed first (RFC 5321 leaves its case to the receiving server), with the domain
in lower case and ASCII (IDNA). Accounts are looked up with the local part in lower case too: no server of any size tells `Jane`
from `jane`, and people do not type alike twice. Refused: keeping the case apart, which gives one person several accounts and
lets a stranger fill an inbox once for every spelling.
"""

from email_validator import EmailNotValidError, validate_email


def normalised(text: str) -> str:
    """The address that mail is sent to. `ValueError` says in words why something is none; no look-up in DNS is made."""
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    return found.ascii_email or found.normalized


def lookup(address: str) -> str:
    """What two spellings of one account have in common."""
    return address.lower()


def inbox(address: str) -> str:
    """What addresses that most likely end in one inbox have in common: no `+tag`, no dots. Good for limits only."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '') or local}@{domain}"
