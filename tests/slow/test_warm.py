"""After `warm` nothing is compiled while a posting or a subscription waits, and what cannot be kept is compiled all the same."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORK = """
import asyncio
from datetime import timedelta
from numba.core import event
from services.matcher.snapshot import decode, encode
from services.matcher.warm import warm
from tests.unit.matcher.made import NOW
from tests.unit.matcher.world import World, later, opened, posting, source, subscription

async def live():
    world = World()
    trees = [{"keywords": {"all": [f"word{n}", f"word{n} again", {"term": f"begin{n}", "prefix": True}]}} for n in range(200)]
    states = [subscription(tree) for tree in [{}, *trees]]
    await world.follow(*states)
    await world.follow(*(later(state) for state in states[:50]))
    await world.matcher.match([opened(posting(text="word3 word3 again begin3"))])
    world.matcher.known.index.rebuild()
    await world.matcher.recall([opened(posting(text="word4 word4 again begin4"))], {states[5].subscription_id})
    data = b"".join(encode(world.matcher.known, {}, source=source(), offsets={0: 4, 1: 10}, now=NOW))
    world.matcher.restore(decode(data, source(), NOW, oldest=timedelta(days=1)))
    await world.matcher.match([opened(posting(text="word5 word5 again begin5"))])
    print(len(world.told()), "told")

warm()
with event.install_recorder("numba:compile") as recorder:
    asyncio.run(live())
assert not recorder.buffer, [str(one.data) for _, one in recorder.buffer]
"""


def run(tree: Path, work: str) -> str:
    """Python with the sources of this tree before our own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", work], cwd=tree, env=environment, capture_output=True, text=True, timeout=250, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sources of which nothing was compiled but by `warm`."""
    tree = tmp_path_factory.mktemp("tree")
    for part in ("services", "schemas", "runtime"):
        shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
    run(tree, "from services.matcher.warm import warm; warm()")
    return tree


def test_nothing_is_left_to_be_compiled(tree: Path) -> None:
    assert run(tree, WORK).endswith(" told\n")


def test_where_nothing_can_be_kept_it_is_compiled_for_the_process_alone(tree: Path) -> None:
    """As in an image: its file system is read-only. One file is made wanting, and nothing may be written."""
    kept = tree / "services/matcher/domain/kernels/__pycache__"
    [wanting] = kept.glob("terms.put_word*.nbi")
    wanting.unlink()
    refusing = """
import numba.core.caching as caching
def refuse(*_, **__): raise PermissionError(13, "read-only")
caching.IndexDataCacheFile.save = refuse
from services.matcher.warm import warm
warm()
print("warm")
"""
    assert run(tree, refusing) == "warm\n"
    assert not wanting.exists()
