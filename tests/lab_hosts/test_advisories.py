# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the changelogs of Debian's packages say of advisories. The witness is zcat and grep on the host."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.tests.support.lab_host import LabHost, LabHosts

# Host, package, advisory, component, whether the changelog names it, and the state.
CASES = (
    ("bookworm", "docker.io", "CVE-2024-41110", "engine", True, "fixed_by_vendor"),
    ("trixie", "docker.io", "CVE-2026-41567", "engine", False, "potentially_vulnerable"),
    ("trixie", "docker.io", "CVE-2026-41568", "engine", True, "fixed_by_vendor"),
    ("trixie", "runc", "CVE-2025-31133", "runc", False, "potentially_vulnerable"),
    ("sid", "containerd", "CVE-2026-53493", "containerd", True, "fixed_by_vendor"),
)
# Advisories on one line, for all programs that are asked about.
WITNESS = (
    "zcat /usr/share/doc/{}/changelog.Debian.gz | tr -d '\\n' | sed 's/- *\\([0-9]\\)/-\\1/g' | grep -cF {} || true"
)

# As dpkg does: another file in the place of the old one.
UPGRADE = "cp -p /usr/sbin/dockerd /usr/sbin/dockerd.new && mv /usr/sbin/dockerd.new /usr/sbin/dockerd"


def audited(host: LabHost) -> dict[tuple[str, str], dict[str, t.Any]]:
    findings = host.task("evaluate")["findings"]
    return {(one["id"], one["component"]): one for one in findings["advisories"]["results"]}


def test_backports_are_told_by_changelogs(lab: LabHosts) -> None:
    hosts = {host.name: host for host in lab.get("bookworm", "trixie", "sid")}
    results = {name: audited(host) for name, host in hosts.items()}
    for name, package, advisory, component, named, state in CASES:
        said = hosts[name].shell(WITNESS.format(package, advisory)).strip()
        assert (said != "0") is named, (name, advisory, said)
        assert results[name][advisory, component]["state"] == state, results[name][advisory, component]
    # One of sid's names is broken over two lines, so that a search of lines does not find it.
    path = "/usr/share/doc/containerd/changelog.Debian.gz"
    assert hosts["sid"].shell(f"zcat {path} | grep -cF CVE-2026-53489 || true").strip() == "0"
    section = hosts["sid"].module("posture_info", {"gather_subset": ["versions"]})["posture"]["versions"]
    (containerd,) = [one for one in section["components"] if one["name"] == "containerd"]
    assert "CVE-2026-53489" in {one["id"] for one in containerd["changelog"]["names"]}


def test_an_upgrade_without_a_restart_is_seen(lab: LabHosts) -> None:
    (host,) = lab.get("trixie")
    # A lab host is a container: only a file of its own layer is shown as deleted when another one takes its place.
    host.shell(UPGRADE)
    host.service("restart")
    host.shell(UPGRADE)
    findings = host.task("evaluate")["findings"]
    assert [one["component"] for one in findings["advisories"]["not_restarted"]] == ["engine"]
    (fixed,) = [one for one in findings["advisories"]["results"] if one["id"] == "CVE-2026-41568"]
    assert fixed["state"] == "potentially_vulnerable" and fixed["restart_fixes"] is True
    host.service("restart")
    assert host.task("evaluate")["findings"]["advisories"]["not_restarted"] == []
