# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the table of advisories with OSV files on disk: ``python3 tests/tools/advisories.py DIRECTORY > new.yml``.

The output is a file of advisories with those that the table lacks. Other ranges than those of the table are named on the
standard error. The table is not changed, because published ranges have errors: a person decides.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import sys
import typing as t
from pathlib import Path

import yaml

TABLE = Path(__file__).resolve().parents[2] / "roles" / "audit" / "files" / "advisories" / "docker.yml"
Json = dict[str, t.Any]

_MODULES = {
    "github.com/docker/docker": "engine",
    "github.com/moby/moby": "engine",
    "github.com/docker/cli": "cli",
    "github.com/containerd/containerd": "containerd",
    "github.com/opencontainers/runc": "runc",
    "github.com/docker/buildx": "buildx",
    "github.com/docker/compose": "compose",
}
_SEVERITIES = {"LOW": "low", "MODERATE": "medium", "MEDIUM": "medium", "HIGH": "high", "CRITICAL": "critical"}
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+){0,3}(?:-(?:rc|beta|alpha)\.?[0-9]*)?(?:\+incompatible)?")


def advisories_in(directory: Path) -> t.Iterator[Json]:
    """Yield an advisory for each component of each OSV file that is about a program of the engine."""
    for path in sorted(directory.rglob("*.json")):
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            sys.exit(f"{path}: this is no OSV file: {error}")
        if isinstance(document, dict) and document.get("affected") and not document.get("withdrawn"):
            yield from _of_document(document)


def _of_document(document: Json) -> t.Iterator[Json]:
    names = [document["id"], *document.get("aliases", [])]
    names = [name for name in names if name.startswith(("CVE-", "GHSA-"))] or [document["id"]]
    names.sort(key=lambda name: (not name.startswith("CVE-"), name))
    found: dict[str, list[Json]] = {}
    for affected in document["affected"]:
        # The major version is part of the name of a module.
        component = _MODULES.get(re.sub(r"/v[0-9]+$", "", affected.get("package", {}).get("name", "")))
        if component is None:
            continue
        for ranged in affected.get("ranges", []):
            if ranged.get("type") in ("SEMVER", "ECOSYSTEM"):
                found.setdefault(component, []).extend(_ranges(ranged.get("events", [])))
    severity = str((document.get("database_specific") or {}).get("severity", ""))
    for component, ranges in sorted(found.items()):
        unique = [one for place, one in enumerate(ranges) if one not in ranges[:place]]
        if unique:
            yield {
                "id": names[0],
                "aliases": names[1:],
                "component": component,
                "title": re.sub(r" in github\.com/\S+$", "", document.get("summary") or names[0]),
                "affected": unique,
                "severity": _SEVERITIES.get(severity.upper()),
                "source": document["id"],
            }


def _ranges(events: list[Json]) -> list[Json]:
    """Return the ranges of a list of events. A version that this collection cannot compare is one that is not known."""
    ranges: list[Json] = []
    for event in events:
        if "introduced" in event:
            ranges.append({"introduced": _version(event["introduced"]) or "0", "fixed": None})
        elif "fixed" in event and ranges:
            ranges[-1]["fixed"] = _version(event["fixed"])
    return ranges


def _version(text: str) -> str | None:
    # The Go module of the engine has versions of its own since it is v2: 2.0.0-beta.8 is 29.3.1.
    return text.partition("+")[0] if _VERSION.fullmatch(text) and not text.startswith("2.0.0-beta.") else None


def compared(table: list[Json], published: t.Iterable[Json]) -> tuple[list[Json], list[str]]:
    """Return the advisories that the table lacks, and a sentence for each one with other ranges."""
    known = {(name, one["component"]): one for one in table for name in (one["id"], *one.get("aliases", []))}
    lacking, other = [], []
    for advisory in published:
        names = (advisory["id"], *advisory["aliases"])
        own = next(
            (known[name, advisory["component"]] for name in names if (name, advisory["component"]) in known), None
        )
        if own is None:
            lacking.append(advisory)
        elif own["affected"] != advisory["affected"]:
            other.append(
                f"{own['id']} {own['component']}: the table has {_said(own['affected'])},"
                f" {advisory['source']} has {_said(advisory['affected'])}"
            )
    return lacking, other


def _said(ranges: list[Json]) -> str:
    return "; ".join(f"{one['introduced']} to {one['fixed'] or 'not known'}" for one in ranges)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("directory", type=Path, help="a directory with OSV files, such as data/osv of golang/vulndb")
    options = parser.parse_args()
    if not options.directory.is_dir():
        sys.exit(f"{options.directory} is no directory")
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))["advisories"]
    lacking, other = compared(table, advisories_in(options.directory))
    for line in other:
        print(line, file=sys.stderr)
    today = datetime.datetime.now().astimezone().date().isoformat()
    document = {"advisories_version": 1, "updated": today, "advisories": lacking}
    print(yaml.safe_dump(document, sort_keys=False, width=120), end="")


if __name__ == "__main__":
    main()
