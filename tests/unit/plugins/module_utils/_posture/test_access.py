# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access lists, seccomp profiles and ways to a file, as plain data."""

from __future__ import annotations

import json
import os
import struct
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._posture.files.access_list import Grant, parse
from ansible_collections.seawall.docker.plugins.module_utils._posture.seccomp import profile_kind

NOBODY = 0xFFFFFFFF


def raw(*entries: tuple[int, int, int]) -> bytes:
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def test_no_list_grants_nothing() -> None:
    assert parse(b"") == []


def test_the_mask_limits_users_and_groups_and_not_the_owner_and_the_others() -> None:
    entries = ((1, 7, NOBODY), (2, 6, 1000), (4, 7, NOBODY), (8, 3, 2000), (16, 5, NOBODY), (32, 7, NOBODY))
    assert parse(raw(*entries)) == [
        Grant("user", 1000, 4),
        Grant("owning_group", -1, 5),
        Grant("group", 2000, 1),
    ]


@pytest.mark.parametrize("damaged", [b"\x02", b"\x01\0\0\0", raw((2, 6, 1000))[:-1], b"\x02\0\0\0garbage!!"])
def test_what_is_no_access_list_is_refused(damaged: bytes) -> None:
    with pytest.raises(ValueError, match="access list"):
        parse(damaged)


def rule(action: str, *names: str, **more: t.Any) -> dict[str, t.Any]:
    return {"names": list(names), "action": action, **more}


ALLOW, REFUSE = "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"
# Everything that the module knows to be heavy, and some more.
ALL_CALLS = (
    "add_key bpf delete_module finit_module fsopen init_module kexec_file_load kexec_load keyctl mount move_mount "
    "open_by_handle_at open_tree perf_event_open pivot_root reboot request_key setns swapon umount2 unshare "
    "userfaultfd read write"
).split()


@pytest.mark.parametrize(
    ("profile", "kind"),
    [
        ({}, "custom"),
        ({"defaultAction": ALLOW}, "unconfined"),
        ({"defaultAction": "SCMP_ACT_LOG"}, "unconfined"),
        ({"defaultAction": ALLOW, "syscalls": []}, "unconfined"),
        ({"defaultAction": ALLOW, "syscalls": [rule(REFUSE, "acct")]}, "unconfined"),
        ({"defaultAction": ALLOW, "syscalls": [rule(REFUSE, "mount")]}, "custom"),
        ({"defaultAction": ALLOW, "syscalls": [rule("SCMP_ACT_LOG", "mount")]}, "unconfined"),
        # Only some calls of it.
        ({"defaultAction": ALLOW, "syscalls": [rule(REFUSE, "mount", args=[{"index": 0}])]}, "unconfined"),
        # Only elsewhere: for another architecture, on a newer kernel, or in containers with fewer capabilities.
        ({"defaultAction": ALLOW, "syscalls": [rule(REFUSE, "mount", includes={"arches": ["s390x"]})]}, "unconfined"),
        ({"defaultAction": ALLOW, "syscalls": [rule(REFUSE, "mount", includes={"minKernel": "99.0"})]}, "unconfined"),
        ({"defaultAction": ALLOW, "syscalls": [rule(REFUSE, "mount", excludes={"arches": ["amd64"]})]}, "unconfined"),
        ({"defaultAction": ALLOW, "syscalls": [rule(REFUSE, "mount", excludes={"caps": ["CAP_CHOWN"]})]}, "unconfined"),
        ({"defaultAction": ALLOW, "syscalls": [rule(REFUSE, "mount", excludes={"caps": ["CAP_SYS_ADMIN"]})]}, "custom"),
        ({"defaultAction": ALLOW, "syscalls": [rule(REFUSE, "mount", excludes={}, includes={})]}, "custom"),
        ({"defaultAction": ALLOW, "syscalls": [rule(REFUSE, "mount", excludes={"caps": "odd"})]}, "unconfined"),
        # The old form.
        ({"defaultAction": ALLOW, "syscalls": [{"name": "mount", "action": REFUSE}]}, "custom"),
        ({"defaultAction": REFUSE, "syscalls": [rule(ALLOW, "read", "write")]}, "custom"),
        ({"defaultAction": REFUSE, "syscalls": [rule(ALLOW, *ALL_CALLS)]}, "unconfined"),
        # As the engine's own profile does.
        (
            {
                "defaultAction": REFUSE,
                "syscalls": [rule(ALLOW, "read"), rule(ALLOW, *ALL_CALLS, includes={"caps": ["CAP_SYS_ADMIN"]})],
            },
            "custom",
        ),
        # A capability that each container has.
        (
            {"defaultAction": REFUSE, "syscalls": [rule(ALLOW, *ALL_CALLS, includes={"caps": ["CAP_CHOWN"]})]},
            "unconfined",
        ),
        ([], "custom"),
        ({"defaultAction": ALLOW, "syscalls": {"odd": 1}}, "unconfined"),
        ({"defaultAction": ALLOW, "syscalls": [rule(REFUSE, "mount"), 7, None]}, "custom"),
    ],
)
def test_a_profile_is_worth_what_it_forbids(profile: t.Any, kind: str) -> None:
    assert profile_kind(json.dumps(profile)) == kind


def test_a_profile_by_name_is_what_the_engine_calls_it() -> None:
    assert [profile_kind(name) for name in ("unconfined", "builtin", "/some/path")] == [
        "unconfined",
        "builtin",
        "custom",
    ]


def host() -> Host:
    def run(*_arguments: t.Any, **_options: t.Any) -> tuple[int, str, str]:
        return 1, "", ""

    return Host(run)


def test_the_way_to_a_file_holds_links_and_where_they_lead(tmp_path: Path) -> None:
    base = str(tmp_path.resolve())
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").write_text("x")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "start").symlink_to(tmp_path / "link" / "file")

    way = host().entries_on_the_way(f"{base}/start")

    wanted = [f"{base}/start", f"{base}/link", f"{base}/real", f"{base}/real/file"]
    assert [entry for entry in way if entry.startswith(f"{base}/")] == wanted


def test_the_way_to_what_is_not_there_ends_at_the_first_missing_part(tmp_path: Path) -> None:
    base = str(tmp_path.resolve())
    assert host().entries_on_the_way(f"{base}/none/file")[-1] == f"{base}/none"


def test_a_text_is_found_across_the_parts_in_which_a_program_is_read(tmp_path: Path) -> None:
    mark = "sshd_config"
    for before in (0, 1024 * 1024 - 5, 2 * 1024 * 1024 - 1):
        (tmp_path / "program").write_bytes(b"\0" * before + mark.encode() + b"\0" * 100)
        assert host().holds_text(f"{tmp_path}/program", [mark, "other"])
    (tmp_path / "program").write_bytes(b"\0" * 3_000_000)
    assert not host().holds_text(f"{tmp_path}/program", [mark])


def test_a_file_without_access_list_has_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    os.link(tmp_path / "file", tmp_path / "second")
    assert host().access_list(f"{tmp_path}/file") == b""
    assert host().stat(f"{tmp_path}/file").names == 2
