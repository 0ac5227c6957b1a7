# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that systemd reads to start the daemon, on a real directory tree with answers of systemctl."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import Location
from ansible_collections.seawall.docker.plugins.module_utils._host.model import CommandResult, FileStatus
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._posture.auditing import collect as auditing
from ansible_collections.seawall.docker.plugins.module_utils._posture.files import collect as files
from ansible_collections.seawall.docker.plugins.module_utils._posture.files import places


class SystemdHost(Host):
    """The files of this machine, with what systemctl says of each unit (and of systemd itself, by the empty name)."""

    def __init__(self, shown: dict[str, str]) -> None:
        self.shown = shown
        self.asked: list[tuple[str, ...]] = []

    def stat(self, path: str, follow_links: bool = True) -> FileStatus:
        return super().stat("/" if path == "/run/systemd/system" else path, follow_links)

    def run(self, program: str, *arguments: str) -> CommandResult:
        assert (program, arguments[0]) == ("systemctl", "show")
        self.asked.append(arguments)
        unit = "" if arguments[1].startswith("--") else arguments[1]
        wanted = [one[len("--property=") :] for one in arguments if one.startswith("--property=")]
        # Versions before 241 print this property under another name.
        wanted += ["EnvironmentFile"] if "EnvironmentFiles" in wanted else []
        lines = self.shown.get(unit, "LoadState=not-found").splitlines()
        return CommandResult(0, "\n".join(line for line in lines if line.partition("=")[0] in wanted), "")


def context_of(shown: dict[str, str], unit: str | None = "docker.service") -> Context:
    location = Location("running", "unix:///run/docker.sock", "default", True, 1, "unit", "systemd", unit, "")
    return Context(SystemdHost(shown), location, None)


def entries(context: Context, *roles: str) -> dict[str, dict[str, t.Any]]:
    """The entries of some roles by path."""
    found = [(role, find) for role, find in files.ROLES if role in roles]
    return {path: files.file_entry(context, role, path) for role, find in found for path in find(context)}


class TestFilesOfVariables:
    @pytest.mark.parametrize("name", ["EnvironmentFiles", "EnvironmentFile"])
    def test_they_are_those_that_systemd_reads(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "env.d").mkdir(mode=0o755)
        for path in ("docker.env", "env.d/a.env", "env.d/b.env", "my env"):
            (tmp_path / path).write_text("")
        (tmp_path / "env.d" / "b.env").chmod(0o666)
        # In the unit it says %p.env; systemd shows what that means.
        unit = (
            f"FragmentPath={tmp_path}/docker.service\n{name}=/etc/default/docker (ignore_errors=yes)\n"
            f"{name}={tmp_path}/docker.env (ignore_errors=no)\n{name}={tmp_path}/env.d/*.env (ignore_errors=yes)\n"
            f"{name}={tmp_path}/my env (ignore_errors=no)\n"
        )
        (tmp_path / "docker.service").write_text("[Service]\nEnvironmentFile=/etc/%p.env\n")
        context = context_of({"docker.service": unit})

        found = entries(context, "environment_file")
        assert list(found) == [f"{tmp_path}/{path}" for path in ("docker.env", "env.d/a.env", "env.d/b.env", "my env")]
        assert found[f"{tmp_path}/env.d/b.env"]["mode"] == "0666"
        directories = entries(context, "environment_directory")
        assert [(path, one["mode"]) for path, one in directories.items()] == [(f"{tmp_path}/env.d", "0755")]

    def test_a_directory_without_any_such_file_is_judged_as_well(self, tmp_path: Path) -> None:
        (tmp_path / "env.d").mkdir()
        (tmp_path / "env.d").chmod(0o777)
        shown = f"FragmentPath=/lib/docker.service\nEnvironmentFiles={tmp_path}/env.d/* (ignore_errors=yes)\n"
        found = entries(context_of({"docker.service": shown}), "environment_file", "environment_directory")
        assert {path: one["mode"] for path, one in found.items()} == {f"{tmp_path}/env.d": "0777"}

    def test_a_unit_that_systemd_does_not_show_leaves_them_unknown(self) -> None:
        with pytest.raises(places.Unread, match="in which file"):
            places.environment_files(context_of({}))

    def test_each_unit_is_asked_about_once(self) -> None:
        unit = "FragmentPath=/lib/docker.service\nTriggeredBy=docker.socket docker.path\n"
        context = context_of({"docker.service": unit, "docker.socket": "FragmentPath=/lib/docker.socket"})
        places.environment_files(context)
        assert places.service_unit(context).fragment == "/lib/docker.service"
        assert places.socket_unit(context).fragment == "/lib/docker.socket"
        asked = [arguments[1] for arguments in t.cast(SystemdHost, context.host).asked]
        assert asked == ["docker.service", "docker.socket"]


class TestDropIns:
    UNITS: t.ClassVar = {
        "docker.service": "FragmentPath={0}/lib/docker.service\nNames=docker.service\nTriggeredBy=docker.socket\n",
        "docker.socket": "FragmentPath={0}/lib/docker.socket\nNames=docker.socket\n",
        "docker-engine-2.service": "FragmentPath={0}/lib/e.service\nNames=docker-engine-2.service moby.service\n",
        "docker-a@b.service": "FragmentPath={0}/lib/a.service\nNames=docker-a@b.service\n",
        "": "UnitPath={0}/system.control {0}/transient {0}/etc {0}/system.attached {0}/lib\n",
    }

    @pytest.fixture
    def shown(self, tmp_path: Path) -> dict[str, str]:
        for name in ("transient", "etc", "lib"):
            (tmp_path / name).mkdir(mode=0o755)
        return {unit: text.replace("{0}", str(tmp_path)) for unit, text in self.UNITS.items()}

    @pytest.mark.parametrize(
        ("unit", "directory"),
        [
            ("docker.service", "etc/service.d"),
            ("docker.service", "transient/docker.service.d"),
            ("docker.service", "system.control/docker.service.d"),
            ("docker.service", "system.attached/service.d"),
            ("docker-engine-2.service", "etc/docker-engine-.service.d"),
            ("docker-engine-2.service", "lib/docker-.service.d"),
            ("docker-engine-2.service", "lib/moby.service.d"),
            ("docker-a@b.service", "etc/docker-a@.service.d"),
            ("docker-a@b.service", "etc/docker-@b.service.d"),
            ("docker-a@b.service", "etc/docker-@.service.d"),
        ],
    )
    def test_each_directory_whose_drop_ins_apply_is_judged(
        self, tmp_path: Path, shown: dict[str, str], unit: str, directory: str
    ) -> None:
        (tmp_path / directory).mkdir(parents=True)
        (tmp_path / directory).chmod(0o777)
        found = entries(context_of(shown, unit), "service_dropin_directory")
        assert found[str(tmp_path / directory)]["mode"] == "0777"

    def test_a_socket_has_its_own_ones(self, tmp_path: Path, shown: dict[str, str]) -> None:
        for name in ("socket.d", "docker.socket.d", "service.d"):
            (tmp_path / "etc" / name).mkdir()
        found = entries(context_of(shown), "socket_dropin_directory")
        there = [path for path, one in found.items() if one["present"]]
        assert there == [f"{tmp_path}/etc/docker.socket.d", f"{tmp_path}/etc/socket.d"]

    @pytest.mark.parametrize("open_one", ["etc", "lib", "transient"])
    def test_whoever_can_write_among_the_units_can_add_drop_ins(
        self, tmp_path: Path, shown: dict[str, str], open_one: str
    ) -> None:
        (tmp_path / open_one).chmod(0o777)
        context = context_of(shown)
        found = [one for one in files.collect(context) if one["role"] == "service_dropin_directory"]
        (entry,) = [one for one in found if one["path"] == f"{tmp_path}/{open_one}/docker.service.d"]
        assert entry["present"] is False
        assert {"path": f"{tmp_path}/{open_one}", "mode": "0777"}.items() <= entry["open_directories"][-1].items()

    def test_directories_that_only_root_can_make_have_no_entry(self) -> None:
        shown = {"docker.service": "FragmentPath=/lib/x\nNames=docker.service", "": "UnitPath=/etc/none /usr/none"}
        context = context_of(shown)
        context.once("accounts", list)
        context.once("groups", list)
        assert "service_dropin_directory" not in {one["role"] for one in files.collect(context)}

    def test_without_the_word_of_systemd_they_are_unknown(self, shown: dict[str, str]) -> None:
        del shown[""]
        found = [one for one in files.collect(context_of(shown)) if one["role"].endswith("_dropin_directory")]
        assert [one["path"] for one in found] == [
            "(unknown service_dropin_directory)",
            "(unknown socket_dropin_directory)",
        ]
        assert all("in which directories" in one["unread"]["mode"] for one in found)

    @pytest.mark.parametrize(
        "text",
        ['"/etc/a.d/10 my.conf" /etc/a.d/b.conf', "/etc/a.d/10 my.conf /etc/a.d/b.conf"],
        ids=["quoted", "as before systemd 248"],
    )
    def test_the_name_of_a_drop_in_may_have_a_space(self, shown: dict[str, str], text: str) -> None:
        shown["docker.service"] += f"DropInPaths={text}\n"
        assert places.service_unit(context_of(shown)).drop_ins == ["/etc/a.d/10 my.conf", "/etc/a.d/b.conf"]


class TestMasked:
    @pytest.mark.parametrize("target", ["/dev/null", "/dev/zero"])
    def test_a_device_is_no_file_of_the_engine(self, tmp_path: Path, target: str) -> None:
        (tmp_path / "docker.socket").symlink_to(target)
        entry = files.file_entry(context_of({}), "socket_unit", f"{tmp_path}/docker.socket")
        assert (entry["present"], entry["real_path"], entry["type"]) == (False, target, "character_device")
        assert "mode" not in entry and "mode" not in entry["unread"]

    @pytest.mark.parametrize("role", ["daemon_json", "defaults_file", "tls_key", "service_dropin"])
    def test_nor_is_it_in_any_other_place(self, tmp_path: Path, role: str) -> None:
        (tmp_path / "link").symlink_to("/dev/null")
        (tmp_path / "second").symlink_to("link")
        assert files.file_entry(context_of({}), role, f"{tmp_path}/second")["present"] is False

    def test_a_masked_unit_has_no_drop_ins(self, tmp_path: Path) -> None:
        (tmp_path / "docker.socket").symlink_to("/dev/null")
        (tmp_path / "docker.socket.d").mkdir()
        shown = {
            "docker.service": "FragmentPath=/lib/x\nTriggeredBy=docker.socket\n",
            "docker.socket": f"LoadState=masked\nFragmentPath={tmp_path}/docker.socket\n",
            "": f"UnitPath={tmp_path}\n",
        }
        found = entries(context_of(shown), "socket_unit", "socket_dropin", "socket_dropin_directory")
        assert list(found) == [f"{tmp_path}/docker.socket"]

    def test_a_masked_socket_that_systemd_no_longer_connects_with_the_daemon(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "docker.socket").symlink_to("/dev/null")
        monkeypatch.setattr(places, "_UNIT_DIRECTORIES", (str(tmp_path),))
        found = entries(context_of({"docker.service": "FragmentPath=/lib/x\n"}), "socket_unit")
        assert [(path, one["present"]) for path, one in found.items()] == [(f"{tmp_path}/docker.socket", False)]

    def test_no_audit_rule_watches_a_device(self, tmp_path: Path) -> None:
        (tmp_path / "docker.socket").symlink_to("/dev/null")
        gaps = {"loaded": "", "written": "", "status": ""}
        path = f"{tmp_path}/docker.socket"
        target = auditing._target(context_of({}), lambda _context: path, None, None, None, gaps)
        assert target["present"] is False and "watched" not in target
