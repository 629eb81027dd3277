"""Build the documentation: the pages that are made from the code, then the site in build/site."""

import argparse
import contextlib
import re
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tools import command_page, operation_page, plant_page, setting_page, site
from tools.programs import ROOT
from twin.discovery import discover

PORT = 8400


def pages() -> dict[Path, str]:
    """Return every page that is made from the code, by file."""
    found: dict[Path, str] = {}
    for plant_cls in discover().values():
        found |= plant_page.pages(plant_cls)
    return found | command_page.pages() | setting_page.pages() | operation_page.pages()


def stale(found: dict[Path, str]) -> list[Path]:
    """Return the files that are not there or hold something else."""
    return [file for file, text in found.items() if not file.exists() or file.read_text() != text]


def main() -> int:
    """Write what is out of date and build the site; with --check say what is out of date and return 1."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="Example: python -m tools.docs --check")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit code 1 when a page is out of date"
    )
    parser.add_argument("--serve", action="store_true", help=f"show the site at http://127.0.0.1:{PORT} then")
    given = parser.parse_args()
    check = given.check
    found = pages()
    old = stale(found)
    for file in old:
        sys.stdout.write(
            f"{file.relative_to(ROOT)}: {'out of date; run: make docs' if check else 'written'}\n"
        )
        if not check:
            file.write_text(found[file])
    if check:
        return int(bool(old))
    done = site.build()
    if done.returncode:
        sys.stderr.write(re.sub(r"\x1b\[[0-9;]*m|Traceback(?s:.*)", "", done.stdout + done.stderr))
        return 1
    sys.stdout.write(f"site: {(site.BUILD / 'site' / 'index.html').relative_to(ROOT)}\n")
    if given.serve:
        serve(site.BUILD / "site")
    return 0


def serve(folder: Path) -> None:
    """Show the site to this machine alone until Ctrl-C."""
    with ThreadingHTTPServer(
        ("127.0.0.1", PORT), partial(SimpleHTTPRequestHandler, directory=folder)
    ) as server:
        sys.stdout.write(f"live: http://127.0.0.1:{PORT}\n")
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
