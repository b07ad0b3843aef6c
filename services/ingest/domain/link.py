"""Addresses of postings without what only tells where a visitor came from."""

import re
from typing import Final
from urllib.parse import urlsplit

_TRACKING: Final = re.compile(
    r"utm(?:_\w+)?|gh_src|lever-(?:source|origin)(?:%5b%5d|\[\])?|trk|trackingid|g(?:clid|braid)|wbraid|fbclid|msclkid|dclid|yclid|"
    r"igshid|mc_[ce]id|_hs(?:enc|mi)|icid|cmpid|iisn?|_g[al]",
    re.IGNORECASE,
)
"""Parameters of campaigns and of where a visitor came from: Google, Meta, Microsoft, HubSpot, Greenhouse, Lever, iCIMS.
Those that name the job somewhere ("source", "ref", "jobid") stay."""


def without_tracking(url: str) -> str:
    """The same address without them. The order of what stays, and how it is written, are kept; what is no address stays too."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    kept = [pair for pair in parts.query.split("&") if pair and not _TRACKING.fullmatch(pair.partition("=")[0])]
    return parts._replace(query="&".join(kept)).geturl()
