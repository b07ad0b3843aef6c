"""What can be wrong with something a person or a partner asks. The doors turn each into a status and a sentence."""

from runtime.errors import Permanent


class NotFound(Permanent):
    """You have nothing of that id here; it may have been deleted."""


class AccountGone(Permanent):
    """This account was deleted, and everything in it."""


class Ended(Permanent):
    """This alert was ended and does not come back; sign up again for a new one."""


class BadLink(Permanent):
    """This link is not one of ours, or it was cut short on its way: copy the whole link from the mail."""


class ExpiredLink(BadLink):
    """This link has expired; ask for a new one."""


class BadKey(Permanent):
    """The API key is unknown, or it was revoked."""


class TooMany(Permanent):
    """You have as many of these as an account may have; delete some first."""


class Invalid(Permanent):
    """A field of the request is wrong in a way that only its context shows."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem
