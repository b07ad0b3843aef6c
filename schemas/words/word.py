"""One word of a text in the one form it has here: "Engineers" is "engineer", "ReactJS" is "react", "U.S." is "us"; and which
two words are one: "front end" is "frontend". Plurals go by spelling, without a dictionary: what counts is that both sides fold
alike and that different words stay different.
"""

import re
import unicodedata
from typing import Final

from schemas.words.language import C

_ACCENT: Final = re.compile("[\u0300-\u036f]")
"""Combining diacritical marks (Unicode block), which decomposition sets apart from their letters."""

_SHORT: Final = 3
"""Words of so many letters stay as they are: "aws", "ios", "gas"."""

_LEFT_OUT: Final = "™℠\ufdfa\ufdfb"
"""The marks would decompose to letters, and "Acme™" be another word than "Acme"; the two ligatures to whole sentences."""

_STAY: Final = """
    always arms besides customs does dynamics goes goods kubernetes lens news perhaps rails sales series species windows
    alias arkansas atlas bias canvas dallas iaas jenkins kansas keras macos paas pandas saas texas vegas
    aiops dataops devops devsecops finops gitops llmops mlops noops secops sysops
"""
"""No plurals. In the first line are those that would be other words without their s ("arms" are ITAR's, not ARM's); the others
are names, which are to be found as a beginning, too."""
_STAYING: Final = frozenset(_STAY.split())

_TAKE_S: Final = """
    api cpu gpu gui kpi npu tpu cache cookie headache movie niche
    characteristic clinic critic epic fabric heuristic metric schematic tactic topic
"""
_TAKE_ES: Final = "alias atlas bias bonus bus campus canvas corpus focus hero lens status surplus syllabus virus"
_IRREGULAR: Final = {
    **{f"{one}s": one for one in _TAKE_S.split()},
    **{f"{one}es": one for one in _TAKE_ES.split(" ")},
    "analyses": "analysis",
    "crises": "crisis",
    "hypotheses": "hypothesis",
    "quizzes": "quiz",
    "theses": "thesis",
}
"""Plurals that the endings below would get wrong."""

_NAMES: Final = {
    "angularjs": "angular",
    "d3js": "d3",
    "dotnet": ".net",
    "go-lang": "golang",
    "jr": "junior",
    "nuxtjs": "nuxt",
    "objc": "objectivec",
    "reactjs": "react",
    "sr": "senior",
    "sveltejs": "svelte",
    "vuejs": "vue",
}
_DOMAINS: Final = (".net", ".io", ".ai")
"""Their dot stays: ".NET" is not "net"."""

_COMPOUNDS: Final = """
    front-end back-end full-stack dev-ops dev-sec-ops ml-ops ai-ops git-ops fin-ops data-ops sec-ops llm-ops micro-service
    micro-controller micro-processor micro-architecture co-op co-founder e-mail e-commerce e-learning on-site off-site
    on-prem on-premise on-call on-board on-boarding web-site web-socket web-hook web-assembly data-base data-set data-center
    data-lake lake-house meta-data start-up life-cycle work-flow work-force work-place work-station real-time full-time
    part-time run-time cyber-security cyber-attack block-chain open-source code-base name-space time-stamp time-series
    tool-chain tool-kit fine-tune fine-tuning fine-tuned pre-train pre-training pre-trained hyper-parameter multi-thread
    multi-threaded multi-threading multi-modal multi-agent multi-tenant multi-player multi-media multi-lingual
    multi-disciplinary non-profit post-doc post-doctoral post-graduate under-graduate health-care child-care team-work
    help-desk chat-bot wi-fi fin-tech bio-tech ed-tech ad-tech med-tech bio-informatics semi-conductor sub-system road-map
    white-board sys-admin auto-scaling super-computer super-computing sand-box stake-holder cross-platform no-sql my-sql
    t-sql pl-sql postgre-sql java-script type-script git-hub git-lab power-bi power-shell spring-boot big-query dynamo-db
    mongo-db maria-db graph-ql tensor-flow py-torch scikit-learn open-cv node-js next-js react-js vue-js angular-js nuxt-js
    express-js three-js ember-js d3-js objective-c obj-c e-verify h-1b h1-b h-2b h-4 f-1 j-1 l-1 o-1 eb-1 eb-2 eb-3
"""
"""Written in three ways: joined, with a hyphen and with a space. Only where the words side by side surely mean the same: "over
time" is not "overtime"."""


def folded(text: str) -> str:
    """Without accents, and compatible characters as one ("ﬁ" is "fi"); capitals stay."""
    if text.isascii():
        return text
    for sign in _LEFT_OUT:  # `str.translate` takes as long as all the rest
        text = text.replace(sign, " ")
    text = unicodedata.normalize("NFKD", text)
    return _ACCENT.sub("", text) if _ACCENT.search(text) else text


def name(token: str) -> str:
    """A token of a `folded` text in small letters, without dots and possessive, by the one name it has; a plural stays one."""
    word = token.casefold()
    if word.endswith(("'s", "’s")):
        word = word[:-2]
    if "." in word and not word.endswith(_DOMAINS):
        word = word.replace(".", "").replace(" ", "")
    return _NAMES.get(word, word)


def singular(word: str) -> str:
    """A word in small letters without its plural's ending."""
    if len(word) <= _SHORT or word[-1] != "s" or word in _STAYING:
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith(("ss", "us", "is", "js", "ics")):
        return word
    if word.endswith("ies") and len(word) > _SHORT + 1:  # "ties" has no y
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(("sses", "shes", "ches", "xes")) else word[:-1]


_MOST: Final = 50_000
_ACRONYMS: Final = re.compile("[A-Z]{2}s")
"""VMs, PMs: too short for a plural, but for their capitals."""


class Forms(dict[str, str]):
    """Tokens to their one form, worked out when first asked for. Bounded: postings bring ever new numbers."""

    def __missing__(self, token: str) -> str:
        if len(self) >= _MOST:
            self.clear()
        short = token[:-1] if _ACRONYMS.fullmatch(token) else token
        form = self[token] = singular(name(short))
        return form


FORMS: Final = Forms()


def _joins() -> dict[str, dict[str, str]]:
    joins: dict[str, dict[str, str]] = {}
    for compound in _COMPOUNDS.split():
        first, *rest = compound.split("-")
        for part in rest:
            for second in (FORMS[part], FORMS[f"{part}s"]):  # a short one keeps its s: "start-ups"
                joins.setdefault(second, {})[FORMS[first]] = FORMS[first + part]
            first += part
    joins[C] = joins["c"]  # the C of "Objective C" looks like the language
    return joins


JOINS: Final = _joins()
"""Second word to first word to what they are together."""


def joined(words: list[str], parts: list[str] | None = None) -> list[str]:
    """The words with those that make a compound put together, from the left; what they were put together of goes to `parts`."""
    if JOINS.keys().isdisjoint(words):
        return words
    together: list[str] = []
    for word in words:
        if word in JOINS and together and together[-1] in JOINS[word]:
            if parts is not None:
                parts += (one for one in (together[-1], word) if one != C)  # "Objective C" is not C
            together[-1] = JOINS[word][together[-1]]
        else:
            together.append(word)
    return together
