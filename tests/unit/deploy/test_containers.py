"""What docker-compose.yml and deploy/Dockerfile promise, read from the files: no engine is needed."""

import io
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml
from dockerfile_parse import DockerfileParser

ROOT = Path(__file__).parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("jobalerts/")}
BUILT = {name: service for name, service in OURS.items() if "build" in service}
THEIRS = {name: service for name, service in SERVICES.items() if name not in OURS}
ONCE = {name for name, service in SERVICES.items() if service.get("restart") == "no"}
SECRET = re.compile(r"password|secret|token|sealing|_key|_dsn|_postgres$|_admin$", re.IGNORECASE)
DOCKERFILE = DockerfileParser(fileobj=io.BytesIO((ROOT / "deploy" / "Dockerfile").read_bytes()))
BROUGHT_ALONG = {"mailpit"}
"""Images with a health check of their own."""


@pytest.mark.parametrize("name", THEIRS)
def test_an_image_of_others_is_pinned_to_a_version(name: str) -> None:
    tag = THEIRS[name]["image"].partition(":")[2]
    assert re.fullmatch(r"v?\d+(\.\d+)*", tag), f"{name}: {tag!r} may be another image tomorrow"


@pytest.mark.parametrize("name", SERVICES)
def test_each_container_is_bounded(name: str) -> None:
    limits = SERVICES[name]["deploy"]["resources"]["limits"]
    assert {"cpus", "memory", "pids"} <= limits.keys()
    assert {"max-size", "max-file"} <= SERVICES[name]["logging"]["options"].keys()


@pytest.mark.parametrize("name", SERVICES)
def test_each_container_gives_up_privileges(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert service.get("user") not in ("root", "0", 0)
    assert name == "postgres" or not service.get("cap_add")
    assert name not in OURS or service["read_only"] is True


@pytest.mark.parametrize("name", SERVICES)
def test_what_goes_on_is_restarted_and_says_whether_it_is_well(name: str) -> None:
    service = SERVICES[name]
    if name in ONCE:
        return
    assert service["restart"] == "unless-stopped"
    in_image = name in BROUGHT_ALONG or "HEALTHCHECK" in _instructions(_target(name))
    assert in_image or service["healthcheck"]["test"]


@pytest.mark.parametrize("name", SERVICES)
def test_what_another_waits_for_is_well_or_done(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        assert how["condition"] == ("service_completed_successfully" if other in ONCE else "service_healthy")


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_open_to_this_machine_alone(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert str(port).startswith("127.0.0.1:"), port


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_is_in_an_environment(name: str) -> None:
    assert "env_file" not in SERVICES[name], f"{name}: what such a file holds ends in the environment"
    for variable, value in SERVICES[name].get("environment", {}).items():
        assert variable.endswith("_FILE") or not SECRET.search(variable), f"{name}: {variable} belongs into a file"
        assert not re.search(r"://[^/@\s]+:[^/@\s]+@", str(value)), f"{name}: {variable} has a password in its address"


def test_secrets_are_given_read_only_and_each_to_its_owner() -> None:
    given = {
        (name, volume) for name, service in SERVICES.items() for volume in service.get("volumes", []) if "secrets" in volume
    }
    for name, volume in given:
        what = volume.partition(":")[0]
        if name == "secrets":
            continue
        assert volume.endswith(":/run/secrets:ro"), volume
        owner = {"migrations": "provision", "demo": "provision"}.get(name, name)
        assert what == f"secrets-{owner}"
    assert {name for name, volume in given if volume.startswith("secrets:")} == {"secrets"}, "what is kept is for nobody else"


def test_everything_kept_is_in_a_named_volume() -> None:
    named = {volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert {name for name in named if not name.startswith("./")} == set(COMPOSE["volumes"])
    for volume in (volume for service in SERVICES.values() for volume in service.get("volumes", [])):
        assert not volume.startswith("./") or volume.endswith(":ro"), f"{volume}: a container writes into the checkout"


def test_each_variable_is_explained_and_holds_as_it_says() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    used = dict(re.findall(r"\$\{([A-Z_]+):-([^{}]*)\}", text))
    made_of_another = set(re.findall(r"\$\{([A-Z_]+):-[^{}]*\$\{", text))
    lines = (ROOT / ".env.example").read_text().splitlines()
    explained = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert explained.keys() == used.keys() | made_of_another
    assert not {explained[name] for name in made_of_another} - {""}
    assert {name: explained[name] or value for name, value in used.items()} == used
    assert {name for name in used if not explained[name]} == {"JOBALERTS_VERSION"}


def test_no_two_services_export_the_same_image() -> None:
    names = [service["image"] for service in BUILT.values()]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("name", sorted(OURS.keys() - BUILT.keys()))
def test_image_that_another_service_builds_is_never_looked_for_elsewhere(name: str) -> None:
    assert OURS[name]["image"] in {service["image"] for service in BUILT.values()}
    assert OURS[name]["pull_policy"] == "never"


def test_no_secret_is_in_an_image() -> None:
    for line in DOCKERFILE.structure:
        if line["instruction"] in ("ENV", "ARG"):
            for name, _ in re.findall(r"(\w+)=(\S*)", line["value"]):
                assert name == "JOBALERTS_SECRETS" or not SECRET.search(name), line["content"]


def test_each_image_is_a_target_of_its_own_dependency_group() -> None:
    for name, service in BUILT.items():
        target = service["build"]["target"]
        stages = [line["value"] for line in DOCKERFILE.structure if line["instruction"] == "FROM"]
        assert any(stage.endswith(f" AS {target}") for stage in stages), name
        assert f"COPY --from={target}-packages " in _text(target), f"{target} installs its own group"
        installed = re.findall(r"requirements/(\S+)", _text(f"{target}-packages"))
        assert installed == ["installer.txt", f"{target}.txt"]
        assert (ROOT / "requirements" / f"{target}.txt").is_file()


def test_images_are_built_on_one_pinned_base_and_run_as_nobody_in_particular() -> None:
    bases = {line["value"].split()[0] for line in DOCKERFILE.structure if line["instruction"] == "FROM"}
    stages = {line["value"].split()[-1] for line in DOCKERFILE.structure if line["instruction"] == "FROM"}
    assert bases - stages == {"${PYTHON}"}
    assert "ARG PYTHON=python:3.11-slim\n" in DOCKERFILE.content
    for target in {service["build"]["target"] for service in BUILT.values()}:
        users = [line["value"] for line in _lines(target) if line["instruction"] == "USER"]
        assert users[-1] == "10001:10001", target


def test_whatever_is_installed_is_pinned_to_its_hash() -> None:
    installs = [line["value"] for line in DOCKERFILE.structure if "pip install" in line["value"]]
    assert installs
    for install in installs:
        assert "--require-hashes" in install


def test_what_installs_stays_behind() -> None:
    for target in {service["build"]["target"] for service in BUILT.values()}:
        text = _text(target)
        assert "/opt/uv" not in text
        assert not re.search(r"\b(apt-get|pip install|gcc|build-essential)\b", text), target
    assert not re.search(r"\b(ADD|curl|wget)\b", DOCKERFILE.content)


def test_what_is_copied_is_let_into_the_build_and_is_there() -> None:
    let_in = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for line in DOCKERFILE.structure:
        words = line["value"].split()
        if line["instruction"] == "COPY" and not words[0].startswith("--from="):
            for source in words[:-1]:
                assert (ROOT / source).exists(), source
                path = PurePosixPath(source)
                within = [one for one in let_in if one.startswith(f"{source}/")]
                assert within or any(place.match(one) for place in (path, *path.parents) for one in let_in), source


def _target(name: str) -> str:
    """The stage of the Dockerfile that a service's image is; empty where it is another's."""
    return next((built["build"]["target"] for built in BUILT.values() if built["image"] == SERVICES[name]["image"]), "")


def _lines(target: str) -> Iterator[dict[str, Any]]:
    """The instructions of a target and of what it is made from, not of what is copied into it."""
    stages: dict[str, list[dict[str, Any]]] = {}
    bases: dict[str, str] = {}
    for line in DOCKERFILE.structure:
        if line["instruction"] == "FROM":
            base, _, name = line["value"].split()
            stages[name], bases[name] = [], base
        elif stages:
            stages[next(reversed(stages))].append(line)
    if target in bases:
        yield from _lines(bases[target])
        yield from stages[target]


def _instructions(target: str) -> set[str]:
    return {line["instruction"] for line in _lines(target)}


def _text(target: str) -> str:
    return "\n".join(line["content"] for line in _lines(target))
