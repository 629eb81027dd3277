"""The rules that containers are held against, each seen to catch what it is for; and our files, which keep them all."""

import ast
import copy
import json
import re
import sys
from importlib.metadata import packages_distributions
from typing import Any

import pytest
import yaml

from tools.containers import COMPOSE, DOCKERFILE, compose_problems, dockerfile_problems
from tools.programs import LOCK as PROGRAMS
from tools.programs import ROOT

OURS: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
IMAGE = DOCKERFILE.read_text()
_PIN = re.compile(r"^([a-z0-9][^=\s]*)==([^\s;\\]+)", re.MULTILINE)


def test_our_files_keep_every_rule() -> None:
    assert compose_problems(OURS) == []
    assert dockerfile_problems(IMAGE) == []


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("user", None, "numeric user"),
        ("user", "0:0", "numeric user"),
        ("user", "edge", "numeric user"),
        ("read_only", False, "read_only"),
        ("cap_drop", ["NET_RAW"], "cap_drop"),
        ("security_opt", [], "no-new-privileges"),
        ("security_opt", ["no-new-privileges:true", "seccomp:unconfined"], "profile is switched off"),
        ("mem_limit", None, "mem_limit"),
        ("pids_limit", None, "pids_limit"),
        ("privileged", True, "privileged"),
        ("cap_add", ["SYS_ADMIN"], "cap_add"),
        ("pid", "host", "pid"),
        ("network_mode", "host", "network_mode"),
        ("image", "influxdb", "no version"),
        ("image", "influxdb:latest", "no version"),
        ("stop_signal", "SIGKILL", "SIGTERM"),
        ("healthcheck", None, "healthcheck"),
        ("logging", None, "log grows"),
        ("ports", ["8000:8000"], "beyond this machine"),
        ("ports", ["0.0.0.0:8000:8000"], "beyond this machine"),
        ("ports", [{"target": 8000, "published": 8000}], "beyond this machine"),
        ("environment", {"EDGE_TOKEN": "abc"}, "into the environment"),
        ("environment", ["ADMIN_PASSWORD=abc"], "into the environment"),
        ("environment", {"PASSWORD_FILE": "abc"}, "into the environment"),
        ("build", {"context": ".", "args": {"API_KEY": "abc"}}, "into the image"),
        ("tmpfs", ["/tmp"], "size=, noexec"),
        ("volumes", ["/var/run/docker.sock:/var/run/docker.sock:ro"], "hands over the engine"),
        ("volumes", ["./containers/mosquitto.conf:/etc/mosquitto.conf"], "write to the host"),
        ("volumes", ["./nowhere:/data:ro"], "does not exist"),
        ("volumes", ["unheard-of:/data"], "not declared"),
        ("networks", ["unheard-of"], "not declared"),
        ("depends_on", {"unheard-of": {"condition": "service_started"}}, "no service"),
    ],
    ids=lambda value: json.dumps(value)[:60],
)  # fmt: skip
def test_each_rule_of_compose_catches_what_it_is_for(key: str, value: Any, words: str) -> None:
    """The edge's service with a key changed, or taken away for None."""
    compose = copy.deepcopy(OURS)
    service = compose["services"]["edge"]
    service[key] = value
    if value is None:
        del service[key]
    problems = compose_problems(compose)
    assert problems
    assert all(problem.startswith("edge: ") for problem in problems)
    assert any(words in problem for problem in problems)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("USER 1000:1000", "USER root", "USER with a number"),
        ("USER 1000:1000\n", "", "USER with a number"),
        ("STOPSIGNAL SIGTERM\n", "", "STOPSIGNAL"),
        ("FROM python:3.13-slim\n", "FROM python:latest\n", "no version"),
        ("--require-hashes ", "", "--require-hashes"),
        ("COPY twin twin", "ADD twin twin", "use COPY"),
        ("ARG VERSION=0.1.0", "ARG TOKEN=abc", "a secret in the image"),
        ('CMD ["edge", "--help"]', "CMD edge --help", "JSON form"),
        ("WORKDIR /build\n", "WORKDIR /build\nRUN curl -O https://example.org/x\n", "without a hash"),
        ("org.opencontainers.image.licenses", "licenses", "image.licenses"),
    ],
)
def test_each_rule_of_the_dockerfile_catches_what_it_is_for(old: str, new: str, words: str) -> None:
    assert old in IMAGE
    assert any(words in problem for problem in dockerfile_problems(IMAGE.replace(old, new)))


@pytest.mark.parametrize(
    "lock", [ROOT / "containers" / "requirements.lock", PROGRAMS], ids=lambda file: file.name
)
def test_further_locks_have_hashes_and_name_no_host(lock: Any) -> None:
    text = lock.read_text()
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(blocks) > 20
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert "://" not in text


def test_image_has_every_package_that_its_programs_import() -> None:
    """Also where a function imports, as commands of the lab do: the edge runs one for a comparison."""
    image = {name for name, _ in _PIN.findall((ROOT / "containers" / "requirements.lock").read_text())}
    files = [file for room in ("twin", "edge", "plants") for file in (ROOT / room).rglob("*.py")]
    imported = set().union(*(_imported(ast.parse(file.read_text(encoding="utf-8"))) for file in files))
    others = imported - {"twin", "edge", "plants"} - sys.stdlib_module_names
    package = packages_distributions()
    missing = {name for name in others if not image & set(map(_normal, package.get(name, ())))}
    extras = {"distributed", "grafana_api", "requests"}  # `cluster` and `dashboards`
    assert missing == extras | {"grafana_foundation_sdk"}  # that made dashboards/, which the image has
    assert len(others) > 20


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imported(tree: ast.AST) -> set[str]:
    """Return the topmost names of all modules that are imported anywhere in a file."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_image_has_the_versions_that_were_tested_and_nothing_of_the_tests() -> None:
    image = dict(_PIN.findall((ROOT / "containers" / "requirements.lock").read_text()))
    tested = dict(_PIN.findall((ROOT / "requirements.lock").read_text()))
    assert {name: version for name, version in image.items() if tested.get(name) != version} == {}
    assert not image.keys() & {"pytest", "playwright", "hypothesis", "mypy", "ruff"}
