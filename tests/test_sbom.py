"""The list of components is held against the lock, and told apart where they differ."""

from typing import Any

from tools.programs import ROOT
from tools.sbom import described, differences, licences, pinned

LOCK = (ROOT / "requirements.lock").read_text()


def sbom(packages: dict[str, str]) -> dict[str, Any]:
    components = [{"name": name, "version": version} for name, version in packages.items()]
    return {"metadata": {"component": {"name": "smart-factory-twin"}}, "components": components}


def test_environment_that_is_the_lock_differs_in_nothing() -> None:
    packages = pinned(LOCK)
    assert len(packages) > 100
    packages["numpy"] = f"v{packages['numpy']}"  # the same version in another spelling
    assert differences(sbom(packages | {"pip": "25.0", "smart-factory-twin": "0.1.0"}), LOCK) == []


def test_missing_further_and_other_packages_are_told() -> None:
    packages = pinned(LOCK)
    del packages["numpy"]
    packages |= {"simpy": "0.0.1", "left-pad": "1.0"}
    told = differences(sbom(packages), LOCK)
    assert [line.split(":")[0] for line in told] == ["left-pad", "numpy", "simpy"]
    assert "environment none" in told[1]


def test_pins_of_other_systems_are_left_out() -> None:
    lock = "a==1 \\\n    --hash=sha256:0\nb==2 ; sys_platform == 'nowhere' \\\n    --hash=sha256:0\n"
    assert pinned(lock) == {"a": "1"}
    assert described(sbom({"A": "1"})) == {"a": "1"}


def test_licences_are_listed_as_stated() -> None:
    classifier = {"license": {"name": "License :: OSI Approved :: BSD License"}}
    components = [
        {"name": "b", "version": "2", "licenses": [{"license": {"id": "BSD-3-Clause"}}, classifier]},
        {"name": "A", "version": "1", "licenses": [{"expression": "MIT OR Apache-2.0"}]},
        {"name": "c", "version": "3", "licenses": [classifier]},
        {"name": "d", "version": "4"},
    ]
    assert licences(components).splitlines() == [
        "A 1: MIT OR Apache-2.0",
        "b 2: BSD-3-Clause",
        "c 3: License :: OSI Approved :: BSD License",
        "d 4: not stated",
    ]
