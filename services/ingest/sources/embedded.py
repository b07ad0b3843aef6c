"""What a web page says to machines: its bytes enter, the values of its JSON-LD leave, and its microdata in the same shape.

Formats: https://www.w3.org/TR/json-ld11 (7, JSON-LD in HTML) and https://html.spec.whatwg.org/multipage/microdata.html.
lxml reads both; extruct would bring rdflib and a dozen others for formats in which no postings are written.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from lxml import etree

from services.ingest.sources.reading import document
from services.ingest.sources.source import NoPage

_CONTROL: Final = re.compile(rb"[\x00-\x1f]+")
_OPENING: Final = re.compile(r"\A(?://)?\s*(?:<!--|<!\[CDATA\[)")
_CLOSINGS: Final = ("-->", "]]>")
_DEEPEST: Final = 10
"""Items in each other: a pay in a range in a posting is the third."""
_ATTRIBUTES: Final = {
    "meta": "content", "a": "href", "link": "href", "area": "href", "img": "src", "data": "value", "meter": "value",
    "time": "datetime",
}  # fmt: skip


class Script(NamedTuple):
    """One JSON-LD script: its value, or what is wrong with it."""

    text: str
    value: object
    problem: str


def tree(page: bytes) -> "etree._Element":
    """The page's elements. Raises `NoPage` where it has none."""
    try:
        page.decode()
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = None  # then the page says, or it is taken for Latin-1
    try:
        root = etree.fromstring(page.replace(b"\0", b" "), etree.HTMLParser(encoding=encoding, no_network=True))
    except (etree.LxmlError, ValueError) as error:
        raise NoPage(f"is no HTML: {str(error)[:200]}") from None
    if root is None:
        raise NoPage("is no HTML: there is no element")
    return root


def scripts(root: "etree._Element") -> Iterator[Script]:
    """In the order of the page."""
    for element in root.iter("script"):
        if element.get("type", "").partition(";")[0].strip().lower() == "application/ld+json":
            yield _script(_unwrapped("".join(element.itertext())))


def items(root: "etree._Element", kind: str) -> Iterator[dict[str, object]]:
    """Items of microdata of a type of schema.org, in the order of the page."""
    for element in root.iter("*"):
        if "itemscope" in element.attrib and _type(element) == kind:
            yield _item(element, 0)


def _unwrapped(text: str) -> str:
    """Without the comment that hides a script from old browsers, or the CDATA of XHTML."""
    bare = _OPENING.sub("", text.strip())
    closing = next((end for end in _CLOSINGS if bare.endswith(end)), "")
    return bare.removesuffix(closing).rstrip().removesuffix("//") if closing else bare if bare != text.strip() else text


def _script(text: str) -> Script:
    """Line breaks within texts, which JSON does not allow, are common, and taken for spaces."""
    source, problem = text.encode("utf-8", "surrogateescape"), ""
    for written in (source, _CONTROL.sub(b" ", source)):
        try:
            return Script(text, document(written).value, "")
        except NoPage as error:
            problem = str(error)
    return Script(text, None, problem)


def _type(element: "etree._Element") -> str:
    return element.get("itemtype", "").strip().rpartition("/")[2]


def _item(scope: "etree._Element", depth: int) -> dict[str, object]:
    found: dict[str, list[object]] = {}
    for element in _properties(scope):
        value = _item(element, depth + 1) if "itemscope" in element.attrib and depth < _DEEPEST else _value(element)
        for name in element.get("itemprop", "").split():
            found.setdefault(name, []).append(value)
    return {"@type": _type(scope)} | {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _properties(scope: "etree._Element") -> Iterator["etree._Element"]:
    """Elements with a property of the item itself, in the order of the page."""
    waiting = list(scope.iterchildren("*", reversed=True))
    while waiting:
        element = waiting.pop()
        if "itemprop" in element.attrib:
            yield element
        if "itemscope" not in element.attrib:
            waiting.extend(element.iterchildren("*", reversed=True))


def _value(element: "etree._Element") -> str:
    """Of a description the HTML within; else what the specification has for its tag; `content` is taken from any."""
    said = element.get("content") or element.get(_ATTRIBUTES.get(str(element.tag), "content"))
    if said is not None:
        return said
    if "description" in element.get("itemprop", ""):
        return (element.text or "") + "".join(etree.tostring(child, encoding="unicode", method="html") for child in element)
    return " ".join("".join(element.itertext()).split())
