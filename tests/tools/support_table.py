# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/support.md: what is supported, from the releases that the tests know, what was seen to pass, and the hosts
that the lab recorded.

PYTHONPATH=TREE python -m ansible_collections.seawall.docker.tests.tools.support_table
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.tests.support.ansible_cores import CANDIDATE, CORES, TRIED, Core
from ansible_collections.seawall.docker.tests.support.markdown import table

ROOT = Path(__file__).resolve().parents[2]
PATH = ROOT / "docs" / "support.md"
_RECORDED = ROOT / "tests" / "unit" / "recorded"
_HOSTS = ("bookworm", "vm", "trixie", "sid")

_PAGE = """\
<!--
Copyright: (c) 2026, seawall.docker contributors
GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later

Written by tests/tools/support_table.py.
-->
# What is supported

## Ansible and Python

The controller needs ansible-core {oldest} to {newest}, the Python that this release runs on, and `jmespath`. Managed hosts need
Python {first} or later and nothing else.

● unit tests passed. ○ this release of ansible-core supports it, but it was not tested here. **Controller**: all tests passed;
**host**: the tests of the code that runs on hosts passed.

{cores}

`ansible-test sanity` passes without an ignore file on {sanity}. {candidate} is tested, but not supported yet.

## Engines and distributions

Tested on whole hosts: audits, hardening, user namespaces, undoing both, and failures during a change ([what runs where](hosts.md)).

{hosts}

Supported by the code, but never run:

| what | tested with |
|---|---|
| SELinux | test cases with answers of kernel and engine; no host here enforces it |
| Red Hat distributions | test cases with their files, such as `/etc/sysconfig/docker` |
| Engine 29 | test cases with options and behaviour from its release notes |
| OpenRC, snap | test cases with the commands from their documentation |

Tests of remote engines (`tcp://` and `ssh://`) use real engines on the same machine. auditd and AppArmor run on the virtual
machine. A rootless engine 26.1 can be audited by its user. Root can audit it too, if you name its socket (`audit_docker_host`); root
then uses the rights of that user. It cannot be hardened: root changes nothing for the engine of another user.

Engines older than 20.10 are audited as far as they answer; facts that they do not give are `unknown`. Podman is not supported: the
audit says that the socket belongs to it.

## How long

- A series of ansible-core is supported while the Ansible project maintains it. The first release after its end of life drops it in a
  minor version, and the changelog says so.
- Python {first} on hosts is supported as long as a supported ansible-core can manage it.
- An engine is no longer tested when none of the distributions above contains it. Its rules stay.
- The newest version of the collection gets fixes. Security fixes also go to the last version of the previous major version, for half
  a year.
"""


def page() -> str:
    """The whole page."""
    seen = json.loads(TRIED.read_text(encoding="utf-8"))
    passed = [core for core in CORES if seen.get(core.release, {}).get("sanity")]
    return _PAGE.format(
        oldest=CORES[0].series,
        newest=CORES[-1].series,
        first=min((core.target[0] for core in CORES), key=_minor),
        cores=_cores(seen),
        sanity=", ".join(core.release for core in passed),
        candidate=_candidate(seen),
        hosts=_hosts(),
    )


def _cores(seen: dict[str, t.Any]) -> str:
    versions = sorted({version for core in CORES for version in core.target}, key=_minor)
    rows = []
    for core in CORES:
        units = seen.get(core.release, {}).get("units", [])
        cells = [_cell(core, version, version in units) for version in versions]
        rows.append([f"{core.series} ({core.release})", *cells])
    return table(["ansible-core", *(f"Python {version}" for version in versions)], rows)


def _cell(core: Core, version: str, passed: bool) -> str:
    if version not in core.target:
        return ""
    return f"{'●' if passed else '○'} {'controller' if version in core.controller else 'host'}"


def _candidate(seen: dict[str, t.Any]) -> str:
    entry = seen.get(CANDIDATE.release, {})
    known = [what for what in ("sanity", "units") if entry.get(what)]
    said = {"sanity": "sanity tests", "units": "unit tests"}
    return f"{CANDIDATE.release}" + (f" ({' and '.join(said[what] for what in known)} pass)" if known else "")


def _hosts() -> str:
    rows = []
    for name in _HOSTS:
        posture = json.loads((_RECORDED / f"{name}.json").read_text(encoding="utf-8"))["posture"]
        daemon, cgroup = posture["daemon"], posture["cgroup"]
        engine = daemon["versions"]["engine"].split("+")[0]
        groups = f"version {cgroup['version']}, driver {cgroup['driver']}"
        shape = "virtual machine" if name == "vm" else "container"
        rows.append([engine, posture["host"]["os"]["name"], daemon["process"]["manager"], groups, shape])
    return table(["Engine", "distribution", "service manager", "control groups", "host in the tests"], rows)


def _minor(version: str) -> int:
    return int(version.split(".")[1])


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
