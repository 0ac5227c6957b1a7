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

● unit tests passed, ○ supported by this release of ansible-core and not tried here. **Controller**: all tests; **host**: the
tests of what runs on hosts.

{cores}

`ansible-test sanity` passes without an ignore file on {sanity}. {candidate} is watched and not promised yet.

## Engines and distributions

Tried on whole hosts: audits, hardening, remapped users, the way back, and faults on the way ([what runs where](hosts.md)).

{hosts}

Written for, and never run:

| what | what stands in for it |
|---|---|
| SELinux | test cases of what kernel and engine say of it; no host here enforces it |
| Red Hat's family | test cases of its files, such as `/etc/sysconfig/docker` |
| Engine 29 | options and behaviour by its release notes, in test cases |
| OpenRC, snap | commands as their documentation gives them |

Remote engines behind `tcp://` and `ssh://` are real ones in the tests, on the same machine. auditd and AppArmor run on the virtual
machine. A rootless engine 26.1 is audited by its user, and by root where its socket is named (`audit_docker_host`), with the rights of that
user. It is not hardened: root changes nothing for the engine of another user.

Older engines than 20.10 are audited as far as they answer; what they do not tell is `unknown`. Podman is not supported: the audit
says that the socket belongs to it.

## How long

- A series of ansible-core is supported while its publisher maintains it. The release after its end of life drops it, as a minor
  version, and says so in the changelog.
- Python {first} on hosts is supported as long as a supported ansible-core manages it.
- An engine leaves when no distribution above ships it any more. Its rules stay; it is no longer tried.
- The newest version of the collection gets fixes; security fixes go to the newest version of the major version before, for
  half a year.
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
