"""How the work is done, where a place is written: "Hybrid - Seattle", "Remote-friendly, US", "Remote (EST)".

A text enters, the place in it leaves, with whether remote work was said beside it. The workplace is derived elsewhere.
"""

import re
from typing import Final, NamedTuple

_QUALIFIED: Final = (
    r"(?:[ -](?:friendly|first|okay|ok|possible|eligible|optional|option|only|preferred|allowed|based|job|position|role"
    r"|work)\b){0,2}"
)
_MODE: Final = (
    r"(?:(?:fully|100%|partially)[ -])?"
    r"(?:remote|hybrid|on-?site|in-?office|virtual|work from home|home[ -]based|telework|telecommute)\b"
    rf"{_QUALIFIED}"
)
_AHEAD: Final = re.compile(rf"(?i)\A{_MODE}(?:\s(?:in|within|from)\b)?[\s:,|/()–—-]*(?:anywhere (?:in|within)\s)?")
_BEHIND: Final = re.compile(rf"(?i)[\s,|/()–—-]+{_MODE}\)?\Z")
_ANYWHERE: Final = re.compile(r"(?i)\Aanywhere (?:in|within)\s")
_ONLY: Final = re.compile(r"(?i)\s(?:only|based)\)?\Z")
_BETWEEN: Final = re.compile(r"[\s,/()&|+–—-]+")
_ZONES: Final = frozenset(
    {
        "est", "edt", "et", "cst", "cdt", "ct", "mst", "mdt", "mt", "pst", "pdt", "pt", "gmt", "utc", "bst", "cet", "cest",
        "eet", "eest", "wet", "ist", "aest", "aedt", "jst", "sgt", "eastern", "central", "mountain", "pacific",
    }
)  # fmt: skip
_BESIDE_ZONES: Final = frozenset({"time", "times", "timezone", "timezones", "zone", "zones", "hours", "standard", "daylight"})
_ALSO_PLACES: Final = frozenset({"et", "ct", "mt", "pt", "central", "mountain", "pacific", "eastern"})
"""They are time zones beside "remote" only: CT is Connecticut, too, and there it is anybody's guess."""
_NOTED_ZONE: Final = re.compile(r"\s?\((?:[ECMP][SD]T|CES?T|GMT|UTC)[^()]{0,12}\)\Z")


class Placed(NamedTuple):
    """The place may be empty."""

    text: str
    is_remote: bool


def without_mode(text: str) -> Placed:
    """Also without time zones, and without "only" and "anywhere in"."""
    behind = _BEHIND.search(text)
    rest = text[: behind.start()] if behind else text
    ahead = _AHEAD.match(rest)
    rest = rest[ahead.end() :] if ahead else rest
    said = f"{ahead[0] if ahead else ''} {behind[0] if behind else ''}".lower()
    is_remote = any(word in said for word in ("remote", "home", "virtual", "tele"))
    rest = _NOTED_ZONE.sub("", _ONLY.sub("", _ANYWHERE.sub("", rest)))
    rest = rest.strip() if "(" in rest else rest.strip(" )")
    return Placed("" if _is_zone(rest, is_remote=is_remote) else rest, is_remote)


def _is_zone(text: str, *, is_remote: bool) -> bool:
    words = [word for word in _BETWEEN.split(text.lower()) if word]
    zones = _ZONES if is_remote else _ZONES - _ALSO_PLACES
    return not zones.isdisjoint(words) and (zones | _BESIDE_ZONES).issuperset(words)
