"""Keywords as people type them in a search box: a text goes in and a tree comes out, or what is wrong and at which character.

What can be written is in docs/filters.md; `keywords.lark` has the grammar. Any text at all is answered with one of the two,
within a few milliseconds.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate
from typing import Final, NamedTuple, cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args
from lark.parsers.lalr_interactive_parser import InteractiveParser

from schemas.filter import formula
from schemas.filter.canonical import written
from schemas.filter.formula import Both, Denied, Either, Formula, Leaf, normal
from schemas.filter.misspelt import Misspelt, signs_together, stands_wrong, unknown_field
from schemas.filter.spelling import SPELLING, alternatives, begins, findable, tidy
from schemas.filter.tree import MAXIMUM_DEPTH, MAXIMUM_KEYWORDS, MAXIMUM_TERMS, MINIMUM_PREFIX, Keywords, Scope

__all__ = ["MAXIMUM_LENGTH", "Misspelt", "normal", "parse", "written"]

MAXIMUM_LENGTH: Final = 400
"""Characters of a text."""
_LONGEST: Final = 100
"""Characters of a term, as the tree has it."""
_SCOPES: Final[dict[str, Scope]] = {"t": "title", "c": "company", "s": "skill", "l": "location"}
_FIELD = re.compile(r"([^\W\d_][^\s:]*):(?!:)")
_PLAIN = re.compile(rf"[^\W_][^/*:\s]{{0,{_LONGEST - 1}}}")
"""Nothing can be wrong with it. Most words are so, and looking closer takes as long as all else."""
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_TOO_MANY: Final = "leave some out, or make a second subscription of them"


def parse(text: str) -> Keywords:
    """Raises `Misspelt`, and nothing else."""
    if len(text) > MAXIMUM_LENGTH:
        problem = f"the text has {len(text):,} characters, at most {MAXIMUM_LENGTH} are taken"
        raise Misspelt(MAXIMUM_LENGTH, problem, _TOO_MANY)
    if not text.isascii() and (lone := _SURROGATE.search(text)):
        raise Misspelt(lone.start(), "half of a character stands here", "take it out")
    text = text.translate(SPELLING)
    _refuse_nested(text)
    tokens = _tokens(text)
    tree = formula.to_tree(_formula(tokens, len(text)))
    if problem := formula.excess(tree):
        raise _beyond(problem, tree, text, tokens)
    return tree


def _tokens(text: str) -> list[Token]:
    try:
        tokens = list(_parser().lex(text))
    except UnexpectedCharacters as error:  # everything but a quotation mark that is never closed is a word
        raise _unclosed(text, error.pos_in_stream or 0) from None
    if (size := sum(map(_size, tokens))) > MAXIMUM_KEYWORDS:  # before they are read: two hundred would take too long
        problem = f"there are {size} words and phrases, at most {MAXIMUM_KEYWORDS} are taken"
        raise Misspelt(_first_beyond(MAXIMUM_KEYWORDS, tokens), problem, _TOO_MANY)
    return tokens


def _unclosed(text: str, position: int) -> Misspelt:
    """Unless something is wrong before it, which is told first; the phrase is read as if it were closed."""
    _read([*_parser().lex(text[:position]), Token("PHRASE", '"x"', start_pos=position)], position)
    return Misspelt(position, "a quotation mark is not closed", 'put a " after the phrase')


def _formula(tokens: Sequence[Token], end: int) -> Formula:
    reading = _read(tokens, end)
    try:
        return cast(Formula, reading.feed_token(Token("$END", "")))
    except UnexpectedToken:
        raise stands_wrong(None, tokens, end) from None


def _read(tokens: Sequence[Token], end: int) -> InteractiveParser:
    reading = _parser().parse_interactive()
    for place, token in enumerate(tokens):
        try:
            reading.feed_token(token)
        except UnexpectedToken:
            raise stands_wrong(token, tokens[:place], end) from None
    return reading


@cache
def _parser() -> Lark:
    return Lark.open("keywords.lark", rel_to=__file__, parser="lalr", lexer="basic", transformer=_Reader())


def _refuse_nested(text: str) -> None:
    """Before anything is read, so that no depth of it is a burden. A group may stand in two parentheses, its own and those of
    the alternatives that it is one of; the outermost alternatives have theirs.
    """
    for depth, position in _openings(text):
        if depth > 2 * MAXIMUM_DEPTH + 1:
            raise _too_deep(position, f"more than {MAXIMUM_DEPTH} groups stand in one another")


def _openings(text: str) -> Iterator[tuple[int, int]]:
    """How deep each parenthesis opens, and where."""
    depth = 0
    for sign in re.finditer(r'"[^"]*"?|[()]', text):
        depth += {"(": 1, ")": -1}.get(sign[0], 0)
        if sign[0] == "(":
            yield depth, sign.start()


def _too_deep(position: int, problem: str) -> Misspelt:
    return Misspelt(position, problem, "write it with fewer parentheses")


def _beyond(problem: str, tree: Keywords, text: str, tokens: Sequence[Token]) -> Misspelt:
    if tree.depth() > MAXIMUM_DEPTH:
        return _too_deep(max(_openings(text))[1], problem)
    return Misspelt(_first_beyond(MAXIMUM_TERMS, tokens), problem, _TOO_MANY)


def _first_beyond(most: int, tokens: Sequence[Token]) -> int:
    """Where the first word stands that is one too many."""
    sizes = accumulate(map(_size, tokens))
    return next((token.start_pos or 0 for token, size in zip(tokens, sizes, strict=True) if size > most), 0)


def _size(token: Token) -> int:
    return len(alternatives(token)) if token.type == "WORD" else token.type in ("PHRASE", "PLACE")


class _Row(NamedTuple):
    """What stands side by side, and in no parentheses yet."""

    parts: tuple[Formula, ...]


@v_args(inline=True)
class _Reader(Transformer[Token, Formula]):
    """Makes the formula while the text is read; no tree of the grammar is built."""

    def group(self, part: Formula | _Row) -> Formula:
        return _whole(part)

    def either(self, *rows: Formula | _Row) -> Formula:
        """`a or b -c` denies c of both, as every search box does; `a or (b -c)`, `a or -c` and `a -x or b -y` do not."""
        *before, last = rows
        alternatives = [*map(_whole, before)]
        kept, denials = ((), ()) if any(map(_denies, alternatives)) else _divided(last)
        if not kept:
            return formula.either([*alternatives, _whole(last)])
        return formula.both([formula.either([*alternatives, formula.both(kept)]), *denials])

    def both(self, *parts: Formula) -> _Row:
        return _Row(parts)

    def denied(self, part: Formula) -> Formula:
        return formula.denied(part)

    def scoped(self, scope: Token, part: Formula) -> Formula:
        return formula.scoped(part, _SCOPES[scope[0].casefold()])

    def place(self, token: Token) -> Formula:
        """`location:Seattle, WA`: the place as a phrase."""
        named = token.partition(":")[2].lstrip()
        return _leaf(named, (token.start_pos or 0) + len(token) - len(named), prefix=False)._replace(scope="location")

    def word(self, token: Token) -> Formula:
        return _word(str(token), token.start_pos or 0)

    def phrase(self, token: Token) -> Formula:
        return _phrase(str(token), token.start_pos or 0)


def _whole(part: Formula | _Row) -> Formula:
    return formula.both(part.parts) if isinstance(part, _Row) else part


def _divided(last: Formula | _Row) -> tuple[Sequence[Formula], Sequence[Formula]]:
    """What of a row has to occur, and the denials at its end; nothing of one that is only denials or in parentheses."""
    parts = last.parts if isinstance(last, _Row) else ()
    end = next((end for end in range(len(parts), 0, -1) if not _only_denies(parts[end - 1])), 0)
    return parts[:end], parts[end:]


def _only_denies(part: Formula) -> bool:
    return isinstance(part, Denied) or (isinstance(part, Both) and all(map(_only_denies, part.of)))


def _denies(part: Formula) -> bool:
    """Somewhere in it."""
    return isinstance(part, Denied) or (isinstance(part, Both | Either) and any(map(_denies, part.of)))


def _word(text: str, position: int) -> Formula:
    if _PLAIN.fullmatch(text):
        return Leaf(text)
    if text[0] in "-!" or not findable(text):
        raise signs_together(position, text)
    if field := _FIELD.match(text):
        raise unknown_field(position, field[1])
    parts = alternatives(text)
    starts = accumulate((len(part) + 1 for part in parts[:-1]), initial=position)
    return formula.either(map(_part, parts, starts))


def _part(text: str, position: int) -> Leaf:
    term = text.rstrip("*")
    if (star := term.find("*")) >= 0:
        raise Misspelt(position + star, 'a "*" stands only at the end of a word', "write the beginning of the word: develop*")
    return _leaf("".join(term.split()), position, prefix=term != text)  # "R & D"


def _phrase(text: str, position: int) -> Leaf:
    """`"machine learn"*`, and `"machine learn*"` too where that can be a beginning; "A*" is a name."""
    quoted = text.rstrip("*")
    term = tidy(quoted[1:-1])
    if not findable(term):
        problem = "a phrase has no letter or digit" if term.strip() else "the quotes are empty"
        raise Misspelt(position, problem, "write words between the quotes, or leave them out")
    inside = re.search(r"[^\s*]\*+\s*.$", quoted) is not None and begins(term)
    return _leaf(term, position, prefix=inside or quoted != text)


def _leaf(term: str, position: int, *, prefix: bool) -> Leaf:
    if len(term) > _LONGEST:
        raise Misspelt(position, f"a word or phrase has {len(term)} characters, at most {_LONGEST} are taken", "shorten it")
    if prefix and not begins(term):
        problem = f'"{term}*" would take far too many words'
        raise Misspelt(position, problem, f"a beginning has at least {MINIMUM_PREFIX} letters or digits")
    return Leaf(tidy(term), prefix=prefix)
