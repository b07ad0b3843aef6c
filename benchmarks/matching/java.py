"""A Java source enters, a command that runs it leaves: the newest JDK found compiles it, jgo fetches the jars it needs."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import requests
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import MavenContext
from jgo.parse import Coordinate

from deploy.local.kafka_files import MIRROR

INSTALLED = Path("/usr/lib/jvm")
"""Where Linux distributions put them."""


class NoJavaError(Exception):
    """There is no JDK, or none that will do, or its libraries cannot be fetched; in words that say what to install."""


def compiled(source: Path, library: str, versions: Mapping[int, str], into: Path) -> Sequence[str]:
    """The beginning of a command; JVM options, the class and its arguments follow. `versions` are those of the library by the
    least JDK each needs, the newest first.
    """
    version, home = max(_jdks(), default=(0, Path()))
    wanted = next((wanted for least, wanted in versions.items() if version >= least), None)
    if wanted is None:
        found = f"only JDK {version} was found" if version else "no JDK was found"
        raise NoJavaError(f"{found}: install JDK {max(versions)} or later (with javac), or name its folder in JAVA_HOME")
    jars = ":".join(map(str, _jars(f"{library}:{wanted}")))
    done = subprocess.run(
        [home / "bin" / "javac", "-d", into, "-cp", jars, source], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NoJavaError(f"JDK {version} could not compile {source.name}: {done.stderr}")
    return (str(home / "bin" / "java"), "-cp", f"{into}:{jars}")


def _jdks() -> Iterator[tuple[int, Path]]:
    """Versions and folders, of what JAVA_HOME and PATH name and what is installed."""
    named, on_path = os.environ.get("JAVA_HOME"), shutil.which("javac")
    compilers = [*INSTALLED.glob("*/bin/javac"), *([Path(named, "bin", "javac")] if named else ())]
    for javac in {path.resolve() for path in (*compilers, *([Path(on_path)] if on_path else ())) if path.exists()}:
        told = subprocess.run([javac, "-version"], capture_output=True, text=True, check=True)
        if found := re.search(r"javac (\d+)", told.stdout + told.stderr):
            yield int(found[1]), javac.parents[1]


def _jars(coordinate: str) -> Sequence[Path]:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jobalerts" / "maven"
    repository = {"maven": os.environ.get(MIRROR, MAVEN_CENTRAL_URL)}
    context = MavenContext(repo_cache=cache, remote_repos=repository, timeout=20)
    root = context.create_dependency(replace(Coordinate.parse(coordinate), scope="compile"))
    try:
        _, transitive = context.resolver.resolve([root])
        needed = [root.artifact, *(each.artifact for each in transitive if each.scope in {"compile", "runtime"})]
        return [artifact.resolve() for artifact in needed]
    except (requests.RequestException, RuntimeError) as error:
        raise NoJavaError(f"could not fetch {coordinate}: is there a network? {MIRROR} may name a mirror") from error
