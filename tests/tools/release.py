# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a release in this clone: version, changelog, checks, tarball, commit and tag. Nothing leaves the machine.

python tests/tools/release.py VERSION TARGET…     each TARGET is a `make` target that must succeed before the commit
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The numbers of semantic versioning, with an optional name of a release before the release.
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?")
_WRITTEN = ("galaxy.yml", "CHANGELOG.md", "changelogs")


class Refused(Exception):
    """Why there is no release, in one sentence."""


def output(*command: str) -> str:
    if shutil.which(command[0]) is None:
        raise Refused(f"{command[0]} is not there; make release installs it")
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise Refused(f"{' '.join(command)} failed: {(done.stderr or done.stdout).strip()}")
    return done.stdout.strip()


def order(version: str) -> tuple[int, int, int, bool, str]:
    """A sort key: a release before the release comes before it."""
    found = _VERSION.fullmatch(version)
    if not found:
        raise Refused(f"{version!r} is no version such as 1.2.3; call make release VERSION=1.2.3")
    return int(found[1]), int(found[2]), int(found[3]), not found[4], found[4] or ""


def check(version: str) -> None:
    """Whether a release of this version can be made here at all."""
    wanted = order(version)
    if output("git", "status", "--porcelain"):
        raise Refused("there are changes that are not committed; a release is made of what is committed")
    earlier = [tag[1:] for tag in output("git", "tag", "--list", "v*").splitlines() if _VERSION.fullmatch(tag[1:])]
    newest = max(earlier, key=order, default=None)
    if newest is not None and order(newest) >= wanted:
        raise Refused(f"{newest} was released already, and {version} does not come after it")
    if not list((ROOT / "changelogs" / "fragments").glob("*.yml")):
        raise Refused("changelogs/fragments is empty, so there is nothing to release")


def prepare(version: str) -> None:
    """Write version and changelog."""
    path = ROOT / "galaxy.yml"
    text, count = re.subn(r"(?m)^version: .*$", f"version: {version}", path.read_text(encoding="utf-8"))
    if count != 1:
        raise Refused("galaxy.yml does not have exactly one line with the version")
    path.write_text(text, encoding="utf-8")
    output("antsibull-changelog", "release", "--version", version)


def main(version: str, targets: list[str]) -> None:
    check(version)
    try:
        prepare(version)
        for target in targets:
            print(f"== make {target}", flush=True)
            if subprocess.run(["make", target], cwd=ROOT, check=False).returncode != 0:
                raise Refused(f"make {target} failed")
        place = ROOT / ".build" / "release"
        output("ansible-galaxy", "collection", "build", "--force", "--output-path", str(place))
        output("git", "add", "--all", "--", *_WRITTEN)
        output("git", "commit", "--quiet", "--message", f"Release {version}")
        output("git", "tag", "--annotate", f"v{version}", "--message", f"seawall.docker {version}")
    except BaseException:
        # Also when it is interrupted. The tree was clean, so this takes back what was written here and nothing else.
        output("git", "reset", "--quiet", "--hard")
        output("git", "clean", "--quiet", "--force", "-d", "--", "changelogs")
        raise
    tarball = place / f"seawall-docker-{version}.tar.gz"
    print(f"Built {tarball.relative_to(ROOT)} and tagged v{version}. Nothing was published. To do so:")
    print(f"  git push origin HEAD v{version}")
    print(f"  ansible-galaxy collection publish {tarball.relative_to(ROOT)}")


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "", sys.argv[2:])
    except Refused as reason:
        sys.exit(f"No release: {reason}.")
