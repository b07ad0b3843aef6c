"""docs/decisions/0013: rows that a statement may have to wait for are locked without a join."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LOCKS = re.compile(r"\bFOR\s+(?:NO\s+KEY\s+)?(?:UPDATE|SHARE)\b(?!\s+SKIP\s+LOCKED)")
JOINS = re.compile(r"\bJOIN\b|\bFROM\s+\w+(?:\s+\w+)?\s*,|\bFROM\s+unnest\b")
FILES = [path for folder in ("runtime", "services", "deploy") for path in (ROOT / folder).rglob("*.py")]


def statements(text: str) -> list[str]:
    """Every string of a file that locks rows, without its comments and docstrings."""
    found = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [one for one in found if LOCKS.search(one) and re.search(r"\bSELECT\b", one)]


def test_there_are_such_statements() -> None:
    assert sum(len(statements(path.read_text("utf-8"))) for path in FILES) >= 8


@pytest.mark.parametrize("path", [path for path in FILES if statements(path.read_text("utf-8"))], ids=lambda path: path.name)
def test_what_locks_joins_nothing(path: Path) -> None:
    for statement in statements(path.read_text("utf-8")):
        assert not JOINS.search(statement), statement


def test_a_join_that_locks_is_seen() -> None:
    for joined in ("FROM a JOIN b USING (id)", "FROM a, b", "FROM unnest($1) AS n(id)"):
        [statement] = statements(f'x = """SELECT id {joined} ORDER BY id\n FOR NO KEY UPDATE OF a"""')
        assert JOINS.search(statement)
    assert not statements('x = "SELECT id FROM a JOIN b USING (id) FOR UPDATE SKIP LOCKED"')
