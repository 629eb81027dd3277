"""Hold docker-compose.yml and the Dockerfile against the rules of a hardened container; no container engine is needed.

`python -m tools.containers` prints what is wrong and ends with 1, or says that nothing is.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tools.programs import ROOT, program

COMPOSE, DOCKERFILE = ROOT / "docker-compose.yml", ROOT / "Dockerfile"
SECRET_WORDS = re.compile(r"(password|passwd|secret|token|api_?key|credential)", re.IGNORECASE)
_IMAGE = re.compile(r"[\w./-]+:[\w.-]*\d[\w.-]*(@sha256:[0-9a-f]{64})?")
_FORBIDDEN = ("privileged", "cap_add", "devices", "pid", "ipc", "userns_mode", "env_file")


def compose_problems(compose: Mapping[str, Any]) -> list[str]:
    """Return what breaks a rule, each with service and remedy."""
    found = []
    for name, service in compose["services"].items():
        found += [f"{name}: {problem}" for problem in _service_problems(service)]
        found += [f"{name}: {problem}" for problem in _reference_problems(service, compose)]
    return found


def _service_problems(service: Mapping[str, Any]) -> Iterator[str]:
    user = str(service.get("user", ""))
    if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", user):
        yield f"user {user!r} is not a numeric user and group above 0"
    if service.get("read_only") is not True:
        yield "the root file system can be written; say read_only: true"
    if service.get("cap_drop") != ["ALL"]:
        yield "capabilities are kept; say cap_drop: [ALL]"
    if "no-new-privileges:true" not in service.get("security_opt", ()):
        yield "privileges can be gained; say security_opt: [no-new-privileges:true]"
    for limit in ("mem_limit", "pids_limit"):
        if not service.get(limit):
            yield f"nothing bounds it; say {limit}"
    for key in _FORBIDDEN:
        if service.get(key):
            yield f"{key} is not allowed"
    if service.get("network_mode") not in (None, "none"):
        yield f"network_mode {service['network_mode']!r} shares another's network"
    if any("unconfined" in str(option) for option in service.get("security_opt", ())):
        yield "a security profile is switched off"
    if not _IMAGE.fullmatch(str(service.get("image", ""))):
        yield f"image {service.get('image')!r} has no version as its tag"
    if service.get("stop_signal") != "SIGTERM":
        yield "stop_signal is not SIGTERM"
    if "healthcheck" not in service:
        yield "nothing tells whether it is well; give a healthcheck"
    if (service.get("logging") or {}).get("options", {}).get("max-size") is None:
        yield "its log grows without a bound; say logging.options.max-size"
    yield from _port_problems(service)
    yield from _environment_problems(service)
    yield from _mount_problems(service)


def _port_problems(service: Mapping[str, Any]) -> Iterator[str]:
    for port in service.get("ports", ()):
        host = (
            port.get("host_ip", "")
            if isinstance(port, Mapping)
            else str(port).rpartition(":")[0].rpartition(":")[0]
        )
        if host not in ("127.0.0.1", "[::1]"):
            yield f"port {port} is published beyond this machine; begin it with 127.0.0.1:"


def _environment_problems(service: Mapping[str, Any]) -> Iterator[str]:
    given = service.get("environment") or {}
    pairs = given.items() if isinstance(given, Mapping) else (str(one).partition("=")[::2] for one in given)
    for name, value in pairs:
        if SECRET_WORDS.search(str(name)) and not (
            str(name).endswith("_FILE") and str(value).startswith("/")
        ):
            yield f"{name} puts a secret into the environment; give a file"
    arguments = (service.get("build") or {}).get("args") or {}
    for name in arguments:
        if SECRET_WORDS.search(str(name)):
            yield f"build argument {name} puts a secret into the image"


def _mount_problems(service: Mapping[str, Any]) -> Iterator[str]:
    for tmpfs in service.get("tmpfs", ()):
        options = str(tmpfs).partition(":")[2]
        missing = [want for want in ("size=", "noexec", "nosuid", "nodev") if want not in options]
        if missing:
            yield f"tmpfs {tmpfs} lacks {', '.join(missing)}"
    for volume in service.get("volumes", ()):
        source, _, rest = str(volume).partition(":")
        if "docker.sock" in source:
            yield f"volume {volume} hands over the engine"
        if source.startswith((".", "/", "~")) and not rest.endswith(":ro"):
            yield f"volume {volume} lets it write to the host; end it with :ro"


def _reference_problems(service: Mapping[str, Any], compose: Mapping[str, Any]) -> Iterator[str]:
    for other in service.get("depends_on") or ():
        if other not in compose["services"]:
            yield f"depends on {other!r}, which is no service"
    for network in service.get("networks") or ():
        if network not in (compose.get("networks") or {}):
            yield f"network {network!r} is not declared"
    for volume in service.get("volumes", ()):
        source = str(volume).partition(":")[0]
        if not source.startswith((".", "/", "~")) and source not in (compose.get("volumes") or {}):
            yield f"volume {source!r} is not declared"
        if source.startswith("./") and not (ROOT / source).exists():
            yield f"{source} does not exist"


def dockerfile_problems(text: str) -> list[str]:
    """Return what breaks a rule, each with the line and the remedy."""
    lines = _instructions(text)
    found = []
    stages = [index for index, (_, word, _) in enumerate(lines) if word == "FROM"]
    for number, word, rest in lines:
        if word == "FROM" and not _IMAGE.fullmatch(rest.split()[0]):
            found.append(f"line {number}: {rest.split()[0]} has no version as its tag")
        if word == "ADD":
            found.append(f"line {number}: ADD fetches and unpacks; use COPY")
        if word in ("ENV", "ARG") and any(
            SECRET_WORDS.search(name) for name in re.findall(r"(\w+)(?==|$)", rest)
        ):
            found.append(f"line {number}: a secret in the image; give a file at run time")
        if (
            word == "RUN"
            and re.search(r"\bpip install\b", rest)
            and not re.search(r"--require-hashes|--no-index", rest)
        ):
            found.append(f"line {number}: packages without hashes; say --require-hashes")
        if word == "RUN" and re.search(r"\b(curl|wget)\b", rest):
            found.append(f"line {number}: fetches something without a hash")
        if word in ("CMD", "ENTRYPOINT") and not rest.startswith("["):
            found.append(f"line {number}: a shell stands between signals and the program; use the JSON form")
    last = lines[stages[-1] :]
    if len(stages) < 2:
        found.append("one stage: what builds is shipped; build in a stage of its own")
    users = [rest for _, word, rest in last if word == "USER"]
    if not users or not re.fullmatch(r"[1-9]\d*(:[1-9]\d*)?", users[-1]):
        found.append("the last stage has no USER with a number above 0")
    if not any(word == "STOPSIGNAL" and rest == "SIGTERM" for _, word, rest in last):
        found.append("the last stage has no STOPSIGNAL SIGTERM")
    labels = " ".join(rest for _, word, rest in last if word == "LABEL")
    wanted = (f"org.opencontainers.image.{name}" for name in ("title", "version", "licenses"))
    return found + [f"the last stage has no label {label}" for label in wanted if f"{label}=" not in labels]


def _instructions(text: str) -> list[tuple[int, str, str]]:
    """Return (line number, instruction, rest) with continued lines joined."""
    found: list[tuple[int, str, str]] = []
    joined = ""
    begin = 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#") or not (line.strip() or joined):
            continue
        begin = begin or number
        joined += line.rstrip().removesuffix("\\") + " "
        if not line.rstrip().endswith("\\"):
            word, _, rest = joined.strip().partition(" ")
            found.append((begin, word.upper(), " ".join(rest.split())))
            joined, begin = "", 0
    return found


def main() -> int:
    """Check both files."""
    compose = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    problems = [f"{COMPOSE.name}: {problem}" for problem in compose_problems(compose)]
    problems += [
        f"{DOCKERFILE.name}: {problem}"
        for problem in dockerfile_problems(DOCKERFILE.read_text(encoding="utf-8"))
    ]
    schema = [program("check-jsonschema"), "--quiet", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    if subprocess.run(schema, check=False).returncode:
        problems.append(f"{COMPOSE.name}: not what the Compose specification allows; see above")
    print(
        *problems or [f"containers: {len(compose['services'])} services and the Dockerfile keep every rule"],
        sep="\n",
    )
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
