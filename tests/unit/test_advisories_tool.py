# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that compares the table of advisories with OSV files. The files have the form of the Go vulnerability database."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from pathlib import Path

import yaml

from ansible_collections.seawall.docker.plugins.plugin_utils._advisories.loader import load_advisories

TOOL = Path(__file__).resolve().parents[1] / "tools" / "advisories.py"
Json = dict[str, t.Any]


def osv(identifier: str, aliases: list[str], affected: list[tuple[str, list[Json]]], **more: t.Any) -> Json:
    entries = [
        {"package": {"name": name, "ecosystem": "Go"}, "ranges": [{"type": "SEMVER", "events": events}]}
        for name, events in affected
    ]
    return {"schema_version": "1.3.1", "id": identifier, "aliases": aliases, "affected": entries, **more}


FILES = [
    # In the table, with the same ranges.
    osv(
        "GO-2024-2491",
        ["CVE-2024-21626", "GHSA-xr7r-f8xq-vfvv"],
        [("github.com/opencontainers/runc", [{"introduced": "1.0.0-rc93"}, {"fixed": "1.1.12"}])],
    ),
    # In the table, with more: the database clears 26 and 27.
    osv(
        "GO-2025-3829",
        ["CVE-2025-54410"],
        [("github.com/docker/docker", [{"introduced": "0"}, {"fixed": "25.0.13+incompatible"}])],
    ),
    osv(
        "GO-2026-9001",
        ["GHSA-2222-3333-4444", "CVE-2026-99001"],
        [
            ("github.com/containerd/containerd", [{"introduced": "0"}, {"fixed": "1.7.99"}]),
            ("github.com/containerd/containerd/v2", [{"introduced": "2.0.0"}, {"fixed": "2.9.9"}]),
        ],
        summary="A fault in github.com/containerd/containerd",
        database_specific={"severity": "MODERATE"},
    ),
    # Versions of the Go module are not those of the engine.
    osv("GO-2026-9002", [], [("github.com/moby/moby/v2", [{"introduced": "0"}, {"fixed": "2.0.0-beta.14"}])]),
    osv("GO-2026-9003", [], [("github.com/other/thing", [{"introduced": "0"}])]),
    osv("GO-2026-9004", [], [("github.com/docker/cli", [{"introduced": "0"}])], withdrawn="2026-01-01T00:00:00Z"),
]


def test_what_the_table_lacks_is_a_file_of_advisories(tmp_path: Path) -> None:
    for document in FILES:
        (tmp_path / f"{document['id']}.json").write_text(json.dumps(document), encoding="utf-8")
    done = subprocess.run([sys.executable, str(TOOL), str(tmp_path)], capture_output=True, text=True, check=True)
    assert yaml.safe_load(done.stdout)["advisories"] == [
        {
            "id": "CVE-2026-99001",
            "aliases": ["GHSA-2222-3333-4444"],
            "component": "containerd",
            "title": "A fault",
            "affected": [{"introduced": "0", "fixed": "1.7.99"}, {"introduced": "2.0.0", "fixed": "2.9.9"}],
            "severity": "medium",
            "source": "GO-2026-9001",
        },
        {
            "id": "GO-2026-9002",
            "aliases": [],
            "component": "engine",
            "title": "GO-2026-9002",
            "affected": [{"introduced": "0", "fixed": None}],
            "severity": None,
            "source": "GO-2026-9002",
        },
    ]
    (said,) = done.stderr.splitlines()
    assert said.startswith(
        "CVE-2025-54410 engine: the table has 0 to 25.0.13; 26.0.0 to 28.0.0, GO-2025-3829 has 0 to 25.0.13"
    )
    new = tmp_path / "new.yml"
    new.write_text(done.stdout, encoding="utf-8")
    assert len(load_advisories([str(new)]).advisories) == len(load_advisories().advisories) + 2


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    done = subprocess.run([sys.executable, str(TOOL), str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "broken.json: this is no OSV file" in done.stderr and done.stdout == ""
