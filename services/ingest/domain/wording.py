"""Lists of words in a file beside this module, each as one expression: "(?:required|mandatory|a must)"."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def wording(name: str) -> Mapping[str, str]:
    """By the lists' names. A list's lines are expressions, in lower case, of which the first that fits is taken."""
    read = tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text("utf-8"))
    return {key: f"(?:{'|'.join(lines)})" for key, lines in read.items()}
