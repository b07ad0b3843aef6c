"""HTML of any quality becomes safe, tidy HTML of a few tags, and text of that.

What `sanitise` returns has only the tags of `ALLOWED`, and no attribute but an http, https or mailto link with a `rel`.
"""

import html as entities
import re
from collections.abc import Mapping
from typing import Final

import nh3

from services.ingest.domain.characters import printable

ALLOWED: Final = frozenset({"p", "div", "br", "ul", "ol", "li", "h3", "h4", "blockquote", "strong", "em", "code", "a"})
MAXIMUM_TAGS: Final = 5000
"""An HTML5 parser takes time with the square of tags left open: 50 ms for this many, seconds for a description full of them."""

_UNSEEN: Final = (
    "script style title template noscript iframe noembed noframes object svg math textarea select audio video canvas"
)
_BLOCKS: Final = (
    "address article aside body caption center dd details dialog dir dl dt fieldset figcaption figure footer form header "
    "hgroup html legend main menu nav section summary table tr"
)
_INLINE: Final = (
    "abbr acronym big button cite del dfn font ins kbd label mark nobr plaintext q s samp small span strike sub sup tbody "
    "tfoot thead tt u var wbr"
)
_LEFT_TO_NH3: Final = "a area base col colgroup embed head img input link map meta source"
_WRITTEN: Final[Mapping[str, str]] = {
    # Formatting tags lose their attributes before parsing: distinct ones are what makes an HTML5 parser's work explode.
    **{name: "<{}" + name + ">" for name in ALLOWED - {"a"} | {"pre"}},
    **dict.fromkeys(_BLOCKS.split(), "<{}div>"),
    **dict.fromkeys(_INLINE.split(), ""),
    **dict.fromkeys(("td", "th"), " "),
    **dict.fromkeys(("h1", "h2"), "<{}h3>"),
    **dict.fromkeys(("h5", "h6"), "<{}h4>"),
    "b": "<{}strong>",
    "i": "<{}em>",
    "hr": "<br>",
    "listing": "<{}pre>",
    "xmp": "<{}pre>",
}
_KNOWN: Final = frozenset({*_WRITTEN, *_UNSEEN.split(), *_LEFT_TO_NH3.split()})

# No match reaches over a "<" and nothing backtracks: linear time, whatever is sent. All begin with a literal, which is quick.
_TAG: Final = re.compile(
    r"""<(/?)([a-zA-Z][a-zA-Z0-9]*+)(?![\w-])(?:[^<>"']*+(?:(?:"[^"<]*"|'[^'<]*')[^<>"']*+)*+>|[^<>]*+>)"""
)
_BREAK: Final = re.compile(r"<(?:p|div|br|li|h3|h4|ul|ol|blockquote|pre)>")
_PREFORMATTED: Final = re.compile(r"<pre>(.*?)</pre>", re.DOTALL)
_BLOCK: Final = "</?(?:p|div|br|ul|ol|li|h3|h4|blockquote)>"
_BEFORE_BLOCK: Final = re.compile(f" (?={_BLOCK})")
_AFTER_BLOCK: Final = re.compile(f"({_BLOCK}) ")
# An empty block that stands between words stays: it keeps them apart.
_EMPTY: Final = re.compile(rf"<(p|div|ul|ol|li|h3|h4|blockquote)> ?</\1>(?= ?{_BLOCK}|$)|<(strong|em|code)>( ?)</\2>")
_MANY_BREAKS: Final = re.compile(r"<br><br><br>(?:<br>)*")
_ITEM: Final = re.compile(r"<li>(?:<(?:p|div|h3|h4)>)*")
_PARAGRAPH: Final = re.compile(r"</?(?:p|ul|ol|h3|h4|blockquote)>")
_LINE: Final = re.compile(r"<(?:br|/?div(?:></?div)*)>")
_ANY: Final = re.compile(r"<[^>]*>")
_DEEPEST: Final = 20
"""Empty elements in each other that are taken out in one pass: more than any editor nests, and quick."""
_PASSES: Final = 4
"""Wrongly nested tags may take more than one pass; what takes more than these is sent to break us, or is broken itself."""


def _cleaner(*also: str) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags={*ALLOWED, *also},
        clean_content_tags=set(_UNSEEN.split()),
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
        strip_comments=True,
    )


_first: Final = _cleaner("pre")
_last: Final = _cleaner()


class TooManyTags(Exception):
    """has more than 5,000 tags"""


def is_html(text: str) -> bool:
    """Whether it has a tag of HTML or a comment; `vector<int>` and `<name>` are neither."""
    return "<!--" in text or any(match[2].lower() in _KNOWN for match in _TAG.finditer(text))


def sanitise(markup: str) -> str:
    """Safe HTML that says the same, and that stays as it is when it is sanitised again. Raises `TooManyTags`."""
    if markup.count("<") > MAXIMUM_TAGS:
        raise TooManyTags
    renamed = _TAG.sub(_rename, markup)
    if not _BREAK.search(renamed):
        renamed = renamed.replace("\n", "<br>")  # some boards put bold headings into otherwise plain text
    safe = _PREFORMATTED.sub(lambda pre: f"<div>{pre[1].strip().replace(chr(10), '<br>')}</div>", _first.clean(renamed))
    for _ in range(_PASSES):
        tidy = _tidy(safe)
        if (safe := _last.clean(tidy)) == tidy and not _EMPTY.search(tidy):
            return tidy
    return f"<p>{entities.escape(' '.join(text_of(tidy).split()), quote=False)}</p>"


def text_of(safe: str) -> str:
    """What `sanitise`d HTML says: a line for each block, "- " before a list's items."""
    lines = _LINE.sub("\n", _PARAGRAPH.sub("\n\n", _ITEM.sub("\n- ", safe)))
    return entities.unescape(_ANY.sub("", lines))


def _rename(tag: "re.Match[str]") -> str:
    written = _WRITTEN.get(tag[2].lower())
    return tag[0] if written is None else written.format(tag[1])


def _tidy(safe: str) -> str:
    folded = _fold(printable(safe).replace("&nbsp;", " "))
    for _ in range(_DEEPEST):
        folded, emptied = _EMPTY.subn(r"\3", folded)
        if not emptied:
            break
    folded = _AFTER_BLOCK.sub(r"\1", _BEFORE_BLOCK.sub("", _fold(folded)))
    folded = _MANY_BREAKS.sub("<br><br>", folded).strip()
    return folded if not folded or _BREAK.search(folded) else f"<p>{folded}</p>"


def _fold(text: str) -> str:
    return " ".join(text.split())
