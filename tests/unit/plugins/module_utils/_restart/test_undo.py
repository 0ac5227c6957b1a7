# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules changed is taken back in the right order, and nothing else is touched, whatever the entries name."""

from __future__ import annotations

import os
import types
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import parse_flags
from ansible_collections.seawall.docker.plugins.module_utils._host.files import Restore
from ansible_collections.seawall.docker.plugins.module_utils._host.looks import FileFault
from ansible_collections.seawall.docker.plugins.module_utils._host.model import Account, CommandResult, Group
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._restart import put_back, undo
from ansible_collections.seawall.docker.plugins.module_utils._restart.model import Failed, Snapshot
from ansible_collections.seawall.docker.plugins.module_utils._restart.restore_entries import entries_of
from ansible_collections.seawall.docker.plugins.module_utils._userns import account, created_accounts, subid_run

USER = {"user": "remap", "uid": 990}
GROUP = {"group": "remap", "gid": 991}


class Accounts(Host):
    """A host whose programs change two tables: names of users and of groups, with their numbers."""

    def __init__(self, programs: tuple[str, ...] = ("useradd", "userdel", "groupadd", "groupdel")) -> None:
        super().__init__(lambda *_words, **_options: (1, "", ""))
        self.shell = "/bin/false"
        self.more: list[Account] = []
        self.users: dict[str, int] = {}
        self.groups_by_name: dict[str, int] = {}
        self.programs = programs
        self.ran: list[str] = []
        self.refuses = ""

    def has_program(self, name: str) -> bool:
        return name in self.programs

    def account(self, name_or_uid: str | int) -> Account | None:
        uid = self.users.get(str(name_or_uid))
        return None if uid is None else Account(str(name_or_uid), uid, uid, "/nonexistent", self.shell)

    def group(self, name_or_gid: str | int) -> Group | None:
        gid = self.groups_by_name.get(str(name_or_gid))
        return None if gid is None else Group(str(name_or_gid), gid, [])

    def accounts(self) -> list[Account]:
        return self.more

    def groups(self) -> list[Group]:
        return []

    def run(self, program: str, *arguments: str, seconds: float = 0) -> CommandResult:
        self.ran.append(" ".join([program, *arguments]))
        if program == self.refuses:
            return CommandResult(8, "", f"{program}: cannot lock the file\n{program}: try again\n")
        table = self.users if "user" in program else self.groups_by_name
        if program in ("useradd", "adduser", "groupadd", "addgroup"):
            table[arguments[-1]] = 990 if table is self.users else 991
        else:
            del table[arguments[-1]]
        return CommandResult(0, "", "")


@pytest.fixture(autouse=True)
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_records, "DIRECTORY", str(tmp_path / "records"))


def with_account() -> Accounts:
    """A host with a user and a group that a module created."""
    host = Accounts()
    created_accounts.note("user", "remap", 990)
    created_accounts.note("group", "remap", 991)
    host.users, host.groups_by_name = {"remap": 990}, {"remap": 991}
    return host


# Accounts


def test_the_user_gets_a_group_of_its_own() -> None:
    host = Accounts()
    assert account.create(host, "remap") == [
        account.Created("group", "remap", 991),
        account.Created("user", "remap", 990),
    ]
    assert host.ran == [
        "groupadd --system remap",
        "useradd --system --shell /bin/false --no-create-home --home-dir /nonexistent --gid remap remap",
    ]


def test_a_group_that_was_there_is_not_the_user_s_own() -> None:
    host = Accounts()
    host.groups_by_name["remap"] = 4711
    assert account.create(host, "remap") == [account.Created("user", "remap", 990)]
    assert host.ran == [
        "useradd --system --shell /bin/false --no-create-home --home-dir /nonexistent --no-user-group remap"
    ]


def test_what_exists_is_not_changed() -> None:
    host = with_account()
    assert account.create(host, "remap") == [] and host.ran == []


def test_busybox_has_programs_of_its_own() -> None:
    host = Accounts(("adduser", "deluser", "addgroup", "delgroup"))
    created = account.create(host, "remap")
    assert account.remove(host, created) == []
    assert host.ran == [
        "addgroup -S remap",
        "adduser -S -D -H -h /nonexistent -s /bin/false -G remap remap",
        "deluser remap",
        "delgroup remap",
    ]


def test_a_user_that_cannot_be_created_leaves_the_group_to_be_removed() -> None:
    host = Accounts()
    host.refuses = "useradd"
    with pytest.raises(account.AccountFault) as fault:
        account.create(host, "remap")
    assert fault.value.reason == "cannot create the user remap: useradd: cannot lock the file, useradd: try again"
    assert account.remove(host, fault.value.created) == [] and not host.groups_by_name


def test_a_name_with_another_number_belongs_to_somebody_else() -> None:
    host = with_account()
    created = [account.Created("group", "remap", 991), account.Created("user", "remap", 5)]
    assert account.remove(host, created) == ["the user remap and its group: the name is that of another user now"]
    assert host.ran == []


@pytest.mark.parametrize("how", ["no record", "another name", "a record that others can write", "after a boot"])
def test_an_account_that_no_record_names_is_never_removed(how: str) -> None:
    """What comes back from the controller may name anybody."""
    host = with_account()
    directory = Path(config_records.DIRECTORY)
    if how == "a record that others can write":
        directory.chmod(0o777)
    elif how == "another name":
        host.users, host.groups_by_name = {"alice": 990}, {"alice": 991}
    else:
        for file in directory.iterdir():
            file.unlink()
    if how == "after a boot":
        directory.rmdir()
    name = "alice" if how == "another name" else "remap"
    created = [account.Created("group", name, 991), account.Created("user", name, 990)]
    for check_mode in (True, False):
        (left,) = account.remove(host, created, check_mode)
        assert left.startswith(f"the user {name} and its group: there is no record") and host.ran == []


ALIKE = Account("backup", 990, 990, "/", "/bin/sh")


@pytest.mark.parametrize(
    ("uid", "shell", "more", "words"),
    [
        (4242, "/usr/sbin/nologin", [], "its id 4242 is not one of a system account"),
        (1000, "/bin/false", [], "its id 1000 is not one of a system account"),
        (990, "/bin/bash", [], "it can log in (shell /bin/bash)"),
        (990, "", [], "it can log in (shell not set)"),
        (990, "/bin/nologin-not", [], "it can log in"),
        (0, "/bin/false", [], "it is root"),
        (990, "/bin/false", [ALIKE], "it has the same id as backup"),
        (65534, "/usr/sbin/nologin", [], "is not one of a system account"),
    ],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_an_account_that_cannot_serve_is_refused_before_anything_is_written(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    uid: int,
    shell: str,
    more: list[Account],
    words: str,
    check_mode: bool,
) -> None:
    monkeypatch.setattr(subid_run, "FILES", (str(tmp_path / "subuid"), str(tmp_path / "subgid")))
    host = Accounts()
    host.users, host.shell, host.more = {"ops": uid}, shell, more
    request = subid_run.Request("ops", 65536, None, True, False, True, check_mode, create_user=True)
    with pytest.raises(subid_run.SubidFailure) as failure:
        subid_run.run(host, request)
    assert words in str(failure.value) and "It is not changed." in str(failure.value)
    assert host.ran == [] and {one.name for one in tmp_path.iterdir()} <= {"records"}


@pytest.mark.parametrize("shell", ["/bin/false", "/usr/sbin/nologin", "/sbin/nologin"])
def test_a_system_account_without_a_login_is_used_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: str
) -> None:
    monkeypatch.setattr(subid_run, "FILES", (str(tmp_path / "subuid"), str(tmp_path / "subgid")))
    host = Accounts()
    host.users, host.groups_by_name, host.shell = {"ops": 990}, {"ops": 991}, shell
    done = subid_run.run(host, subid_run.Request("ops", 65536, None, True, False, True, False, create_user=True))
    assert host.ran == [] and done["created"] == [] and "the user ops exists and is used as it is" in done["notes"]
    assert not [one for one in done["restore"] if "user" in one or "group" in one]


def test_a_failed_module_removes_the_accounts_that_it_created(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = (str(tmp_path / "subuid"), str(tmp_path / "subgid"))
    monkeypatch.setattr(subid_run, "FILES", paths)
    (tmp_path / "subuid").write_text("alice:abc:65536\n", encoding="utf-8")
    host = Accounts()
    request = subid_run.Request("remap", 65536, None, True, False, True, False, create_user=True)
    with pytest.raises(subid_run.SubidFailure):
        subid_run.run(host, request)
    assert not host.users and not host.groups_by_name

    host.refuses = "userdel"
    with pytest.raises(subid_run.SubidFailure) as failure:
        subid_run.run(host, request)
    left = (
        "What could not be taken back: the user remap and its group: userdel: cannot lock the file, userdel: try again"
    )
    assert str(failure.value).endswith(f". {left}")

    host.refuses = ""
    (tmp_path / "subuid").write_text("", encoding="utf-8")
    host.users, host.groups_by_name = {}, {}
    done = subid_run.run(host, request)
    assert done["changed"] and done["created"] == ["group", "user"]
    assert done["restore"][-2:] == [{"group": "remap", "gid": 991}, {"user": "remap", "uid": 990}]
    again = subid_run.run(host, request)
    assert not again["changed"] and again["created"] == [] and again["restore"] == []


# Files


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration file that was changed, with the copy of before beside it."""
    directory = tmp_path / "etc"
    directory.mkdir()
    (directory / "daemon.json.1~").write_text("{}", encoding="utf-8")
    (directory / "daemon.json").write_text('{"debug": true}', encoding="utf-8")
    return directory / "daemon.json"


def entry(config: Path, copy: str | None = "1~") -> Restore:
    return Restore(str(config), None if copy is None else f"{config}.{copy}")


def test_of_two_copies_the_first_is_put_back(config: Path) -> None:
    Path(f"{config}.2~").write_text('{"debug": 1}', encoding="utf-8")
    both = [entry(config), entry(config, "2~")]
    assert put_back.put_files_back(both, str(config), check_mode=True) == ([str(config)], [])
    assert config.read_text(encoding="utf-8") == '{"debug": true}'
    assert put_back.put_files_back(both, str(config)) == ([str(config)], [])
    assert config.read_text(encoding="utf-8") == "{}"
    assert put_back.put_files_back(both, str(config)) == ([], [])


def test_a_file_that_no_module_writes_is_neither_replaced_nor_removed(config: Path) -> None:
    shadow = config.parent / "shadow"
    shadow.write_text("root", encoding="utf-8")
    for item in (Restore(str(shadow), None), Restore(str(shadow), f"{config}.1~")):
        restored, ((path, reason),) = put_back.put_files_back([item], str(config))
        assert not restored and path == str(shadow) and "is neither the configuration file of the engine" in reason
        with pytest.raises(Failed, match="is neither the configuration file"):
            put_back.require_known_files([item], str(config))
    assert shadow.read_text(encoding="utf-8") == "root"


def test_a_copy_is_a_regular_file_beside_its_file(config: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("x", encoding="utf-8")
    os.symlink(tmp_path / "elsewhere", f"{config}.link~")
    for copy, said in (
        (str(tmp_path / "elsewhere"), "is not in"),
        (f"{config.parent}/../elsewhere", "is not in"),
        (f"{config}.link~", "is not a regular file"),
        (f"{config}.gone~", "is gone"),
    ):
        _restored, ((_path, reason),) = put_back.put_files_back([Restore(str(config), copy)], str(config))
        assert said in reason
    assert config.read_text(encoding="utf-8") == '{"debug": true}'


def test_a_file_that_is_recorded_is_put_back_where_the_engine_is_not_known(config: Path) -> None:
    _restored, ((_path, reason),) = put_back.put_files_back([entry(config)], None)
    assert "is neither the configuration file" in reason
    record = Path(config_records.name_for(str(config), "pending"))
    record.parent.mkdir(exist_ok=True)
    record.write_text("{}", encoding="utf-8")
    assert put_back.put_files_back([entry(config)], None) == ([str(config)], [])


# The module


class Undo:
    """The engine of the host as the module finds it."""

    def __init__(self, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.facts: dict[str, t.Any] | None = {"userns": False, "live_restore": False, "version": "28.5.1"}
        self.host = with_account()
        self.reloads = 0
        daemon = types.SimpleNamespace(config_path=str(config), flags=parse_flags([], (28, 5)), version=(28, 5))
        location = types.SimpleNamespace(address="unix:///nowhere")
        context = types.SimpleNamespace(location=location, close=lambda: None)
        engine = types.SimpleNamespace(close=lambda: None)
        service = types.SimpleNamespace(process=lambda: 1, log_mark=lambda: "", log_tail=lambda _mark: [])
        for name, answer in {
            "open_own_engine": context,
            "local_daemon": daemon,
            "secrets_of_daemon": set(),
            "service_of": service,
            "wait_for_engine": engine,
        }.items():
            monkeypatch.setattr(undo, name, lambda *_unused, answer=answer: answer)
        monkeypatch.setattr(undo, "snapshot_before", lambda _context: self._snapshot())
        monkeypatch.setattr(undo, "snapshot", lambda _engine: self._snapshot())
        monkeypatch.setattr(undo, "reload_engine", self._reload)
        monkeypatch.setattr(undo, "reset_by_reload", lambda *_unused: None)

    def _snapshot(self) -> Snapshot | None:
        return None if self.facts is None else Snapshot(dict(self.facts), [])

    def _reload(self, *_unused: t.Any) -> None:
        assert self.facts is not None
        self.reloads += 1
        self.facts["live_restore"] = True

    def run(self, *entries: dict[str, t.Any], check_mode: bool = False) -> dict[str, t.Any]:
        return undo.run(self.host, undo.Request(entries_of(list(entries)), 5, None, check_mode))


@pytest.fixture
def the_undo(config: Path, monkeypatch: pytest.MonkeyPatch) -> Undo:
    return Undo(config, monkeypatch)


def file_entry(config: Path) -> dict[str, t.Any]:
    return {"path": str(config), "backup_file": f"{config}.1~"}


def test_everything_is_taken_back_once(the_undo: Undo, config: Path) -> None:
    entries = [GROUP, USER, file_entry(config), {"reload": {"live_restore": True}}, file_entry(config)]
    wanted = {
        "changed": True,
        "restored": [str(config)],
        "reloaded": True,
        "removed": ["group remap", "user remap"],
        "left": [],
    }
    assert the_undo.run(*entries, check_mode=True) == wanted
    assert the_undo.reloads == 0 and the_undo.host.ran == [] and "debug" in config.read_text(encoding="utf-8")
    assert the_undo.run(*entries) == wanted
    assert the_undo.reloads == 1 and the_undo.host.ran == ["userdel remap", "groupdel remap"]
    assert config.read_text(encoding="utf-8") == "{}"
    assert the_undo.run(*entries)["changed"] is False and the_undo.reloads == 1


KEPT = "the user remap and its group: the engine may need them"


def test_an_account_stays_where_a_file_cannot_be_put_back(
    the_undo: Undo, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_unused: t.Any) -> bool:
        raise FileFault(f"{config} is unchanged: the file system is mounted read-only")

    monkeypatch.setattr(put_back.files, "put_back", refuse)
    with pytest.raises(undo.UndoFailure) as failure:
        the_undo.run(GROUP, USER, file_entry(config), {"reload": {"live_restore": True}})
    said = f"What could not be taken back: {config}: the file system is mounted read-only; {KEPT}"
    assert str(failure.value) == said and the_undo.host.ran == [] and the_undo.reloads == 0
    assert failure.value.details["left"] == said[len("What could not be taken back: ") :].split("; ")


@pytest.mark.parametrize("why", ["silent", "remapped", "user", "group", "unreadable"])
def test_an_account_stays_where_the_engine_may_need_it(the_undo: Undo, config: Path, why: str) -> None:
    if why == "silent":
        the_undo.facts = None
    elif why == "remapped":
        the_undo.facts = {"userns": True}
    elif why == "user":
        config.write_text('{"userns-remap": "remap:alice"}', encoding="utf-8")
    elif why == "group":
        the_undo.host.users["alice"] = 5
        config.write_text('{"userns-remap": "alice:remap"}', encoding="utf-8")
    else:
        config.unlink()
        config.mkdir()
    with pytest.raises(undo.UndoFailure, match=KEPT):
        the_undo.run(GROUP, USER)
    assert the_undo.host.ran == []


def test_an_account_goes_where_there_is_no_file(the_undo: Undo, config: Path) -> None:
    config.unlink()
    assert the_undo.run(USER)["removed"] == ["user remap"]
    assert the_undo.host.ran == ["userdel remap"]


def test_the_account_of_somebody_else_stays(the_undo: Undo) -> None:
    the_undo.host.users["remap"] = 4711
    with pytest.raises(undo.UndoFailure, match="and its group: the name is that of another user now") as failure:
        the_undo.run(GROUP, USER)
    assert the_undo.host.ran == [] and failure.value.details["removed"] == []


def test_an_engine_that_is_not_as_before_is_said(the_undo: Undo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo, "reload_engine", lambda *_unused: None)
    with pytest.raises(undo.UndoFailure, match="in force of the running engine: live_restore is False and not True"):
        the_undo.run({"reload": {"live_restore": True}})

    def refuse(*_unused: t.Any) -> None:
        raise Failed("the engine refused its new configuration")

    monkeypatch.setattr(undo, "reload_engine", refuse)
    with pytest.raises(undo.UndoFailure, match="running engine: the engine refused its new configuration"):
        the_undo.run({"reload": {"live_restore": True}})


def test_of_two_reloads_the_facts_of_before_the_first_count() -> None:
    entries = entries_of([{"reload": {"debug": False}}, {"reload": {"debug": True, "labels": []}}])
    assert entries.reload == {"debug": False, "labels": []}
    assert entries_of([{"path": "/x"}]).reload is None
