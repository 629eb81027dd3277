"""Write build/sbom.cdx.json (CycloneDX) and build/licences.txt; fail where they tell of anything but the lock.

`python -m tools.sbom` describes the environment .venv, which is installed from requirements.lock with hashes.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools.programs import ROOT, program

SBOM, LICENCES = ROOT / "build" / "sbom.cdx.json", ROOT / "build" / "licences.txt"
_INSTALLERS = {"pip", "setuptools", "wheel"}  # what brings the others; in no lock
_CLASSIFIER = "License :: "


def pinned(lock: str) -> dict[str, str]:
    """Return name and version of each package that the lock brings to this machine."""
    found = {}
    for line in re.findall(r"^[A-Za-z0-9][^\n#]*==[^\n]*", lock, re.MULTILINE):
        requirement = Requirement(line.removesuffix("\\").strip())
        if requirement.marker is None or requirement.marker.evaluate():
            found[canonicalize_name(requirement.name)] = next(iter(requirement.specifier)).version
    return found


def described(sbom: Mapping[str, Any]) -> dict[str, str]:
    """Return name and version of each component, without what installs and without the product itself."""
    found = {canonicalize_name(one["name"]): str(one["version"]) for one in sbom["components"]}
    own = canonicalize_name(sbom["metadata"]["component"]["name"])
    return {name: version for name, version in found.items() if name not in _INSTALLERS | {own}}


def differences(sbom: Mapping[str, Any], lock: str) -> list[str]:
    """Return what stands in one of both alone, or in another version."""
    wanted, found = pinned(lock), described(sbom)
    return [
        f"{name}: lock {wanted.get(name, 'none')}, environment {found.get(name, 'none')}"
        for name in sorted(wanted.keys() | found.keys())
        if not _same(wanted.get(name), found.get(name))
    ]


def _same(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and Version(one) == Version(other)


def licences(components: Iterable[Mapping[str, Any]]) -> str:
    """Return a line for each component: name, version, licence as its package states it."""
    lines = []
    for one in sorted(components, key=lambda one: canonicalize_name(one["name"])):
        stated = [_licence(entry) for entry in one.get("licenses", ())]
        # A classifier beside an identifier of SPDX says the same less exactly.
        exact = [text for text in stated if not text.startswith(_CLASSIFIER)] or stated
        lines.append(f"{one['name']} {one['version']}: {' / '.join(dict.fromkeys(exact)) or 'not stated'}\n")
    return "".join(lines)


def _licence(entry: Mapping[str, Any]) -> str:
    licence = entry.get("license", {})
    return str(entry.get("expression") or licence.get("id") or licence.get("name"))


def main() -> int:
    """Write both files and compare."""
    SBOM.parent.mkdir(exist_ok=True)
    command = [
        program("cyclonedx-py"), "environment", sys.executable, "--pyproject", str(ROOT / "pyproject.toml"),
        "--output-reproducible", "--output-format", "JSON", "--output-file", str(SBOM),
    ]  # fmt: skip
    if subprocess.run(command, check=False).returncode:
        return 1
    sbom = json.loads(SBOM.read_text(encoding="utf-8"))
    LICENCES.write_text(licences(sbom["components"]), encoding="utf-8")
    wrong = differences(sbom, (ROOT / "requirements.lock").read_text(encoding="utf-8"))
    if wrong:
        print(
            "sbom: the environment is not what the lock says; run: make clean setup",
            *wrong,
            sep="\n",
            file=sys.stderr,
        )
        return 1
    names = " and ".join(str(file.relative_to(ROOT)) for file in (SBOM, LICENCES))
    print(f"sbom: {names}: {len(described(sbom))} packages, each as in the lock")
    return 0


if __name__ == "__main__":
    sys.exit(main())
