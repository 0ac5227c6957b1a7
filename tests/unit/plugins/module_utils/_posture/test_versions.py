# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's programs: versions, packages, what changelogs name, and processes that outlived an upgrade."""

from __future__ import annotations

import base64
import gzip
import json
import re
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.gather import gather
from ansible_collections.seawall.docker.plugins.module_utils._posture.versions import changelogs, collect
from ansible_collections.seawall.docker.tests.support.recording import context_of

RECORDED = Path(__file__).resolve().parents[3] / "recorded"
Json = t.Dict[str, t.Any]


def recording(host: str) -> Json:
    return json.loads((RECORDED / f"{host}.json").read_text(encoding="utf-8"))


def versions_of(stored: Json) -> Json:
    return gather(context_of(stored), ["versions"])


def component(posture: Json, name: str) -> Json:
    (found,) = [one for one in posture["versions"]["components"] if one["name"] == name]
    return found


def question(method: str, *arguments: str) -> str:
    return json.dumps([method, *arguments])


def named(posture: Json, name: str) -> dict[str, str | None]:
    return {one["id"]: one["version"] for one in component(posture, name)["changelog"]["names"]}


@pytest.mark.parametrize("host", ["bookworm", "trixie", "sid", "vm"])
def test_each_program_is_known(host: str) -> None:
    posture = versions_of(recording(host))
    for name in ("engine", "cli", "containerd", "runtime", "shim", "init"):
        found = component(posture, name)
        assert found["unread"] == {} and found["package"]["manager"] == "dpkg", found
        assert found["version"][:4].strip(".") in found["package"]["version"], found
    assert component(posture, "engine")["package"]["origin"] == "distribution"
    assert component(posture, "compose")["version"] is None and component(posture, "compose")["file"] is None
    running = component(posture, "engine")["processes"] + component(posture, "containerd")["processes"]
    assert len(running) == 2 and all(one["is_installed_file"] for one in running)
    assert len(component(posture, "shim")["processes"]) == 4


@pytest.mark.parametrize("host", ["bookworm", "trixie", "sid"])
def test_names_are_those_of_the_changelog(host: str) -> None:
    stored = recording(host)
    posture = versions_of(stored)
    for name in ("engine", "containerd", "runtime"):
        path = component(posture, name)["changelog"]["source"]
        text = gzip.decompress(base64.b64decode(stored["host"][question("read_bytes", path)]["answer"])).decode()
        # No line break, so that no name is broken.
        joined = "".join(line.strip() for line in text.splitlines())
        assert set(named(posture, name)) == set(re.findall(r"CVE-\d{4}-\d{4,}|GHSA(?:-\w{4}){3}", joined))


def test_backports_of_debian() -> None:
    bookworm, trixie, sid = (versions_of(recording(host)) for host in ("bookworm", "trixie", "sid"))
    assert named(bookworm, "engine")["CVE-2024-41110"] == "20.10.24+dfsg1-1+deb12u1"
    assert named(trixie, "engine")["CVE-2026-41568"] == "26.1.5+dfsg1-9+deb13u1"
    assert "CVE-2026-41567" not in named(trixie, "engine")
    assert "CVE-2025-31133" not in named(trixie, "runtime")
    # The changelog writes CVE-2026- at the end of a line, and 53489 on the next one.
    assert named(sid, "containerd")["CVE-2026-53489"] == "2.1.9+ds1-1"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("p (1-2) sid; urgency=high\n\n  * Fixes CVE-2026-\n    53489, x\n", [("CVE-2026-53489", "1-2")]),
        ("p (1-2) sid; urgency=high\n  * CVE-\n   2026-53489\n", [("CVE-2026-53489", "1-2")]),
        ("p (1-2) sid; urgency=high\r\n  * GHSA-v23v-6jw2-\r\n  98fq\r\n", [("GHSA-v23v-6jw2-98fq", "1-2")]),
        ("p (2) x; y\n  * CVE-2026-1111\np (1) x; y\n  * CVE-2026-1111 CVE-2026-2222\n",
         [("CVE-2026-1111", "2"), ("CVE-2026-2222", "1")]),
        # The year of a line and the number of the next one are no name.
        ("p (1) x; y\n  * CVE-2026\n    53489\n", []),
        ("* CVE-2026-1111\n", [("CVE-2026-1111", None)]),
        ("", []),
    ],
)  # fmt: skip
def test_names_of_a_changelog_of_debian(text: str, names: list[tuple[str, str | None]]) -> None:
    found = changelogs.named_in(text, changelogs._DEBIAN_ENTRY)
    assert [(one["id"], one["version"]) for one in found] == names


def test_names_of_a_changelog_of_rpm() -> None:
    text = (
        "* Tue Nov 11 2025 Jane Roe <jane@example.com> - 4:1.2.5-3\n- Resolves: CVE-2025-31133, CVE-2025-\n  52565\n\n"
        "* Wed Jan 31 2024 Jane Roe <jane@example.com> - 4:1.1.12-1\n- fix CVE-2024-21626\n"
    )
    assert changelogs.named_in(text, changelogs._RPM_ENTRY) == [
        {"id": "CVE-2024-21626", "version": "4:1.1.12-1"},
        {"id": "CVE-2025-31133", "version": "4:1.2.5-3"},
        {"id": "CVE-2025-52565", "version": "4:1.2.5-3"},
    ]


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (b"no gzip", "is not a gzip file"),
        (gzip.compress(b"x" * 100)[:-9], "is cut off"),
        (gzip.compress(b"x" * (changelogs.MAX_BYTES + 1)), "holds more than"),
    ],
    # The packed bytes contain the time, so they are no names of tests.
    ids=["no gzip", "cut off", "too large"],
)
def test_a_changelog_that_is_none(packed: bytes, reason: str) -> None:
    with pytest.raises(Unread, match=reason):
        changelogs.unpacked(packed, "/usr/share/doc/x/changelog.gz")


def test_more_names_than_the_bound_are_unread() -> None:
    text = "\n".join(f"CVE-2026-{number}" for number in range(10000, 10001 + changelogs.MAX_NAMES))
    with pytest.raises(Unread, match="names more than"):
        changelogs.named_in(text, changelogs._DEBIAN_ENTRY)


def changed_file(stored: Json, path: str) -> None:
    """Give the installed file another inode, as an upgrade does."""
    entry = stored["host"][question("stat", path)]["answer"]
    entry[6] += 1


def test_a_process_that_outlived_an_upgrade_is_seen() -> None:
    stored = recording("trixie")
    changed_file(stored, "/usr/sbin/dockerd")
    posture = versions_of(stored)
    assert [one["is_installed_file"] for one in component(posture, "engine")["processes"]] == [False]
    assert [one["is_installed_file"] for one in component(posture, "containerd")["processes"]] == [True]


def test_a_process_of_a_deleted_file_is_seen() -> None:
    stored = recording("trixie")
    pid = stored["posture"]["daemon"]["process"]["pid"]
    stored["host"][question("read_link", f"/proc/{pid}/exe")]["answer"] += " (deleted)"
    stored["host"][question("stat", "/usr/sbin/dockerd")] = {"unread": "gone", "kind": "absent"}
    (one,) = component(versions_of(stored), "engine")["processes"]
    assert one["is_installed_file"] is False and one["file"] == "/usr/sbin/dockerd"


def test_a_host_without_documentation_has_no_changelog_and_the_rest() -> None:
    stored = recording("trixie")
    gone = {"unread": "it does not exist", "kind": "absent"}
    for name in ("changelog.Debian.gz", "changelog.gz"):
        stored["host"][question("read_bytes", f"/usr/share/doc/docker.io/{name}")] = gone
    found = component(versions_of(stored), "engine")
    assert "changelog" not in found and "has no changelog" in found["unread"]["changelog"]
    assert found["package"]["name"] == "docker.io"


def test_a_host_without_a_package_manager() -> None:
    stored = recording("trixie")
    for program in ("dpkg-query", "rpm"):
        stored["host"][question("has_program", program)] = {"answer": False}
    found = component(versions_of(stored), "engine")
    assert "package" not in found and "neither dpkg nor rpm" in found["unread"]["package"]


def test_packages_of_rpm() -> None:
    stored = recording("trixie")
    stored["host"][question("has_program", "dpkg-query")] = {"answer": False}
    stored["host"][question("has_program", "rpm")] = {"answer": True}
    form = "%{NAME}\\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n"
    for one in stored["posture"]["versions"]["components"]:
        if one["file"]:
            answer = [1, "file is not owned by any package\n", ""]
            if one["name"] == "runtime":
                answer = [0, "runc\t4:1.2.5-3.el9\n", ""]
            stored["host"][question("run", "rpm", "-qf", "--queryformat", form, one["file"])] = {"answer": answer}
    log = "* Tue Nov 11 2025 Jane Roe <jane@example.com> - 4:1.2.5-3\n- Resolves: CVE-2025-31133\n"
    stored["host"][question("run", "rpm", "-q", "--changelog", "runc")] = {"answer": [0, log, ""]}
    posture = versions_of(stored)
    found = component(posture, "runtime")
    assert found["package"] == {"manager": "rpm", "name": "runc", "version": "4:1.2.5-3.el9", "origin": "distribution"}
    assert named(posture, "runtime") == {"CVE-2025-31133": "4:1.2.5-3"}
    assert component(posture, "engine")["package"] is None


@pytest.mark.parametrize(
    ("text", "enabled"),
    [
        ('disabled_plugins = ["cri"]\n', False),
        ('version = 2\ndisabled_plugins = [\n  "io.containerd.grpc.v1.cri",\n]\n', False),
        ('# disabled_plugins = ["cri"]\n', True),
        ('disabled_plugins = ["other"]\n', True),
        ('imports = ["/etc/containerd/conf.d/*.toml"]\n', None),
        ('disabled_plugins = ["cri"]\nimports = ["/x.toml"]\n', False),
    ],
)
def test_whether_cri_is_enabled(text: str, enabled: bool | None) -> None:
    stored = recording("trixie")
    path = "/etc/containerd/config.toml"
    stored["host"][question("read_bytes", path)] = {"answer": base64.b64encode(text.encode()).decode()}
    stored["host"][question("stat", path)] = {"answer": ["file", 0o644, 0, 0, len(text), 1, 1, 0.0, 1]}
    posture = versions_of(stored)
    assert posture["versions"].get("cri_enabled") is enabled
    assert ("versions.cri_enabled" in posture["unread"]) is (enabled is None)


def test_a_configuration_that_is_newer_than_containerd_is_not_used() -> None:
    stored = recording("trixie")
    path = "/etc/containerd/config.toml"
    stored["host"][question("read_bytes", path)] = {"answer": base64.b64encode(b'disabled_plugins = ["cri"]').decode()}
    stored["host"][question("stat", path)] = {"answer": ["file", 0o644, 0, 0, 26, 1, 1, 9e9, 1]}
    assert "newer than containerd" in versions_of(stored)["unread"]["versions.cri_enabled"]


def test_only_a_shim_is_taken_for_one() -> None:
    stored = recording("trixie")
    pid = component(stored["posture"], "shim")["processes"][0]["pid"]
    stored["host"][question("read_link", f"/proc/{pid}/exe")]["answer"] = "/usr/sbin/reboot"
    found = component(versions_of(stored), "shim")
    assert "processes" not in found and "is no shim of containerd" in found["unread"]["processes"]
    assert found["file"] == "/usr/bin/containerd-shim-runc-v2"


def test_a_program_that_another_user_can_replace_is_not_called_absent() -> None:
    stored = recording("trixie")
    stored["host"][question("program", "docker")] = {"answer": None}
    stored["host"][question("has_program", "docker")] = {"answer": False}
    assert collect._file(context_of(stored), "cli", "docker", []) is None
    stored["host"][question("has_program", "docker")] = {"answer": True}
    with pytest.raises(Unread, match="docker is not run, since another user can replace it"):
        collect._file(context_of(stored), "cli", "docker", [])
