"""The address of a webhook endpoint, as far as it can be judged without looking it up.

The guard against calls into private networks is the notifier's, at the moment of sending, with the resolved address. What is
plainly wrong is refused here already, so that its owner learns it at once.
"""

import ipaddress

from pydantic import ValidationError
from pydantic_core import Url

from services.subscriptions.domain.wanted import MAXIMUM_URL


def checked_url(text: str, *, insecure: bool) -> str:
    """The URL as it will be called, in WHATWG form: decimal, octal and hexadecimal hosts are spelt out.

    `ValueError` says what is wrong. `insecure` also takes plain http and private or loopback addresses.
    """
    url = _parsed(text)
    if url.scheme not in (("https", "http") if insecure else ("https",)):
        raise ValueError("must begin with https://" + (" or http://" if insecure else ""))
    if url.username or url.password:
        raise ValueError("must not carry a user name or password: the signature tells you who calls")
    if url.fragment is not None:
        raise ValueError("must not have a fragment (#...): it would never be sent")
    if not insecure and _private(url.host or ""):
        raise ValueError("must be reachable on the public internet; this host is a private or local one")
    if len(str(url)) > MAXIMUM_URL:
        raise ValueError(f"must not be longer than {MAXIMUM_URL} characters")
    return str(url)


def _parsed(text: str) -> Url:
    try:
        return Url(text)
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"]) from None


def _private(host: str) -> bool:
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        address = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False  # a name: where it leads is seen when it is called
    mapped = getattr(address, "ipv4_mapped", None) or address
    return not mapped.is_global or mapped.is_multicast
