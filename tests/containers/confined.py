"""The roles of docker-compose.yml as processes that are confined as their containers would be, without an engine.

Run as root by test_roles.py in namespaces of its own: `unshare --mount --net --pid --fork python -m
tests.containers.confined FOLDER`. Each role gets a root directory that is read-only but for what compose lets it write,
the user of the compose file, no capability and no way to gain any, and the very command of the compose file.
Prints what it saw as JSON.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
_SYSTEM = ("bin", "sbin", "lib", "lib64", "usr")
_ETC = (
    "passwd", "group", "nsswitch.conf", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "ssl", "host.conf", "localtime",
)  # fmt: skip
_ADDRESSES = {"localhost": "127.0.0.1", "broker": "127.0.0.11", "aluminium": "127.0.0.12"}
_PATIENCE_S = 90.0
_LOOK = """
import json, os
def writable(folder):
    try:
        open(os.path.join(folder, "probe"), "w").close()
        os.remove(os.path.join(folder, "probe"))
        return True
    except OSError:
        return False
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
print(json.dumps({
    "uid": os.geteuid(), "gid": os.getegid(), "groups": os.getgroups(), "capabilities": status["CapEff"].strip(),
    "bounding": status["CapBnd"].strip(), "no_new_privileges": status["NoNewPrivs"].strip(),
    "writable": [folder for folder in ("/", "/usr", "/etc", "/app", "/root", "/tmp", "/data", "/run/secrets") if writable(folder)],
}))
"""  # noqa: E501


class Role:
    """One service of the compose file; `root` is its root directory."""

    def __init__(self, name: str, service: Mapping[str, Any], folder: Path) -> None:
        self.name, self.service = name, service
        self.root = folder / "roots" / name
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._volumes = folder / "volumes"
        self._hosts = folder / "hosts"
        self._build()

    def _build(self) -> None:
        root = self.root
        root.mkdir(parents=True)
        _mount("-t", "tmpfs", "-o", "size=4m,mode=755", "tmpfs", root)
        for text in self.service["tmpfs"]:
            target, _, options = str(text).partition(":")
            (root / target.lstrip("/")).mkdir(parents=True)
            _mount("-t", "tmpfs", "-o", options, "tmpfs", root / target.lstrip("/"))
        bound = []
        for name in _SYSTEM:
            source = Path("/", name)
            if source.is_symlink():
                (root / name).symlink_to(source.readlink())
            elif source.exists():
                bound.append(self._bind(source, Path("/", name)))
        pythons = {Path(sys.prefix), Path(sys.base_prefix)} - {Path("/usr")}
        bound += [self._bind(place, place) for place in pythons]
        bound.append(self._bind(REPOSITORY, Path("/app")))
        for place in bound:
            _mount("-o", "remount,bind,ro", place)
        (root / "etc").mkdir()
        for name in _ETC:
            source = Path("/etc", name)
            if source.is_dir():
                shutil.copytree(source, root / "etc" / name, symlinks=True)
            elif source.exists():
                shutil.copy(source, root / "etc" / name)
        shutil.copy(self._hosts, root / "etc" / "hosts")
        for name in ("proc", "dev"):
            (root / name).mkdir()
            _mount("--rbind", f"/{name}", root / name)
        for volume in self.service["volumes"]:
            self._attach(str(volume))
        _mount("-o", "remount,ro", root)

    def _bind(self, source: Path, target: Path) -> Path:
        place = self.root / target.relative_to("/")
        place.mkdir(parents=True, exist_ok=True)
        _mount("--bind", source, place)
        return place

    def _attach(self, volume: str) -> None:
        source, target, *mode = volume.split(":")
        place = self.root / target.lstrip("/")
        if source.startswith("."):
            place.touch()
            _mount("--bind", REPOSITORY / source, place)
        else:
            held = self._volumes / source
            if not held.exists():  # an empty volume takes over the owner of its mount point in the image
                held.mkdir(parents=True, mode=0o700)
                os.chown(held, *self._ids())
            place.mkdir(parents=True, exist_ok=True)
            _mount("--bind", held, place)
        if mode == ["ro"]:
            _mount("-o", "remount,bind,ro", place)

    def _ids(self) -> tuple[int, int]:
        user, group = self.service["user"].split(":")
        return int(user), int(group)

    def run(self, *command: str, environment: Mapping[str, str] | None = None, wait: bool = True) -> Any:
        """Run a command as the container would; return what it printed, or the process where it is not waited for."""
        user, group = self._ids()
        confined = [
            "chroot", str(self.root), "setpriv", "--reuid", str(user), "--regid", str(group), "--clear-groups",
            "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--", *command,
        ]  # fmt: skip
        variables = {
            "PATH": f"{sys.prefix}/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": "/app", "HOME": "/tmp",
            "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1",
            **{str(name): str(value) for name, value in self.service.get("environment", {}).items()},
            **(environment or {}),
        }  # fmt: skip
        if wait:
            return subprocess.run(
                confined, env=variables, capture_output=True, text=True, timeout=60, check=False
            )
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(confined, env=variables, stdout=log, stderr=subprocess.STDOUT)
        return self.process

    def look(self) -> dict[str, Any]:
        """Tell who a process of this role is and where it may write."""
        done = self.run("python", "-c", _LOOK)
        found: dict[str, Any] = (
            json.loads(done.stdout) if done.returncode == 0 else {"failed": done.stderr[-500:]}
        )
        return found

    def well(self) -> str:
        """Run the healthcheck of the compose file; return "" when it passes."""
        done = self.run(*self.service["healthcheck"]["test"][1:])
        return (
            ""
            if done.returncode == 0
            else (done.stderr or done.stdout).strip()[-300:] or str(done.returncode)
        )

    def peak_bytes(self) -> int:
        """Return the most memory that the process has held."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return 1024 * int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])

    def end(self) -> int | None:
        """Send the stop signal and return the exit code."""
        if self.process is None:
            return None
        self.process.terminate()
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def tail(self) -> str:
        """Return the end of the log."""
        return self.log.read_text(errors="replace")[-1500:] if self.log.exists() else ""


def _mount(*arguments: object) -> None:
    subprocess.run(["mount", *map(str, arguments)], check=True)


def _until(what: str, ready: Any, roles: Sequence[Role]) -> None:
    begin = time.monotonic()
    while (why := ready()) != "":
        dead = [role for role in roles if role.process is not None and role.process.poll() is not None]
        if dead or time.monotonic() - begin > _PATIENCE_S:
            told = "\n".join(f"== {role.name}\n{role.tail()}" for role in roles)
            raise SystemExit(f"{what}: {why}; ended: {[role.name for role in dead]}\n{told}")
        time.sleep(0.3)


def main(folder: Path) -> dict[str, Any]:
    """Start the roles in order, wait until both plants' samples are stored, look at everything, end."""
    _mount("--make-rprivate", "/")
    _mount("-t", "proc", "proc", "/proc")  # of the new process namespace
    _mount("-t", "tmpfs", "-o", "size=400m", "tmpfs", folder)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    (folder / "hosts").write_text("".join(f"{address} {name}\n" for name, address in _ADDRESSES.items()))
    services = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())["services"]
    prepare = Role("prepare", services["prepare"], folder)
    for _ in range(2):  # a second start changes no secret
        done = prepare.run(*services["prepare"]["command"])
        if done.returncode:
            raise SystemExit(f"prepare: {done.stderr}")
    names = ("broker", "stamping", "aluminium", "edge")
    roles = [Role(name, services[name], folder) for name in names]
    broker, stamping, aluminium, edge = roles
    broker.run(*broker.service["command"], wait=False)
    for plant in (stamping, aluminium):
        plant.run(*plant.service["command"], "--since", "5min", wait=False)
    # InfluxDB cannot be had here: the edge keeps history in its own file.
    edge.run(*edge.service["command"], environment={"EDGE_STORE": "duckdb"}, wait=False)
    _until("edge", edge.well, roles)
    token = (folder / "volumes" / "edge-secrets" / "viewer").read_text()
    with httpx.Client(
        base_url="http://127.0.0.1:8000", headers={"Authorization": f"Bearer {token}"}
    ) as client:

        def stored() -> str:
            found = {one["plant"]: one["samples"] for one in client.get("/api/v1/status").json()["plants"]}
            return "" if all(found.get(name, 0) > 1000 for name in ("stamping", "aluminium")) else str(found)

        _until("samples", stored, roles)
        plants = {one["plant"]: one["samples"] for one in client.get("/api/v1/status").json()["plants"]}
        anonymous = httpx.get("http://127.0.0.1:8000/api/v1/status").status_code
    found = {
        "plants": plants,
        "anonymous": anonymous,
        "roles": {role.name: role.look() for role in roles},
        "peak_bytes": {role.name: role.peak_bytes() for role in roles},
        "healthchecks": {role.name: role.well() for role in roles},
    }
    return found | {"ended": {role.name: role.end() for role in reversed(roles)}}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
