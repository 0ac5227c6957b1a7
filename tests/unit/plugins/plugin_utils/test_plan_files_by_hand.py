# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of one file: each attribute, each reason to leave it alone, and the order of steps."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.files import attribute_steps
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Draft

Json = dict[str, t.Any]
PATH = "/etc/docker/daemon.json"
WANTED = {"owner": "root", "group": "root", "mode": "0644"}


def file(path: str = PATH, role: str = "daemon_json", **facts: t.Any) -> Json:
    known = {
        "owner": "root",
        "group": "root",
        "uid": 0,
        "gid": 0,
        "mode": "0644",
        "type": "file",
        "open_directories": [],
    }
    return {"path": path, "real_path": path, "role": role, "present": True, **known, **facts}


def finding(*paths: str, rule: str = "one", remedy: Json | None = None, verdict: str = "fail") -> Json:
    return {
        "rule": rule,
        "number": f"number of {rule}",
        "title": "",
        "remedy": {"file": WANTED if remedy is None else remedy},
        "subjects": [{"name": path, "verdict": verdict, "reason": f"reason of {path}"} for path in paths or (PATH,)],
    }


class Steps(t.NamedTuple):
    steps: list[Json]
    left_out: list[Json]

    @property
    def changes(self) -> list[tuple[str, t.Any, t.Any]]:
        return [(one["name"], one["old"], one["new"]) for step in self.steps for one in step["changes"]]

    @property
    def reason(self) -> str:
        assert self.steps == [] and len(self.left_out) == 1, (self.steps, self.left_out)
        return str(self.left_out[0]["reason"])


def steps_of(
    *files: Json, findings: t.Sequence[Json] = (), policy: Json | None = None, daemon: Json | None = None
) -> Steps:
    draft = Draft()
    posture = {"files": list(files), "daemon": daemon or {}}
    return Steps(attribute_steps(findings or [finding()], posture, policy or {}, draft), draft.left_out)


@pytest.mark.parametrize(
    ("facts", "changes"),
    [
        ({"owner": "bob", "uid": 7}, [("owner", "bob", "root")]),
        ({"owner": None, "uid": 7}, [("owner", "7", "root")]),
        ({"group": "bob", "gid": 7}, [("group", "bob", "root")]),
        ({"group": None, "gid": 7}, [("group", "7", "root")]),
        ({"mode": "0664"}, [("mode", "0664", "0644")]),
        ({"mode": "0611"}, [("mode", "0611", "0600")]),
        ({"mode": "04644"}, [("mode", "04644", "0644")]),
        (
            {"owner": "bob", "uid": 7, "group": "bob", "gid": 7, "mode": "0777"},
            [("owner", "bob", "root"), ("group", "bob", "root"), ("mode", "0777", "0644")],
        ),
    ],
)
def test_each_attribute_that_is_wrong_is_changed_and_no_other(facts: Json, changes: list[t.Any]) -> None:
    made = steps_of(file(**facts))
    assert made.changes == changes and made.left_out == []
    (step,) = made.steps
    assert (step["kind"], step["file"], step["real_path"], step["impact"]) == ("file_attributes", PATH, PATH, "none")
    new = {name: value for name, _old, value in changes}
    assert {name: step[name] for name in ("owner", "group", "mode")} == {
        "owner": None,
        "group": None,
        "mode": None,
        **new,
    }
    assert step["rules"] == [{"rule": "one", "number": "number of one"}] and step["notes"] == []


@pytest.mark.parametrize("mode", ["0644", "0600", "0444", "0000", "644", "00644"])
def test_what_is_not_wider_than_allowed_stays(mode: str) -> None:
    made = steps_of(file(mode=mode))
    assert made.reason == f"{PATH}: its owner and mode are as they should be, and yet: reason of {PATH}"
    assert (made.left_out[0]["what"], made.left_out[0]["kind"]) == (PATH, "file_attributes")


def test_a_mode_that_is_none_is_not_changed() -> None:
    for mode in (None, "rw-r--r--", "0999"):
        assert "and yet" in steps_of(file(mode=mode)).reason


@pytest.mark.parametrize(
    ("remedy", "changes"),
    [
        ({"owner": "root"}, [("owner", "bob", "root")]),
        ({"group": "docker"}, [("group", "bob", "docker")]),
        ({"mode": "0600"}, [("mode", "0666", "0600")]),
    ],
)
def test_only_what_the_rule_is_about_is_changed(remedy: Json, changes: list[t.Any]) -> None:
    bad = file(owner="bob", uid=7, group="bob", gid=7, mode="0666")
    assert steps_of(bad, findings=[finding(remedy=remedy)]).changes == changes


def test_another_group_than_that_of_root_is_known_by_its_name() -> None:
    ask = finding(remedy={"group": "docker"})
    assert steps_of(file(group="docker", gid=0), findings=[ask]).steps == []
    assert steps_of(file(group="root", gid=0), findings=[ask]).changes == [("group", "root", "docker")]


@pytest.mark.parametrize(
    ("role", "path", "kind", "mode", "new"),
    [
        ("registry_certificate", "/c/client.key", "file", "0644", "0400"),
        ("registry_certificate", "/c/client.cert", "file", "0666", "0644"),
        ("tls_key", "/c/tls.key", "file", "0666", "0644"),
        ("registry_directory", "/c", "directory", "0777", "0755"),
    ],
)
def test_directories_and_keys_have_limits_of_their_own(role: str, path: str, kind: str, mode: str, new: str) -> None:
    made = steps_of(file(path, role, type=kind, mode=mode), findings=[finding(path)])
    assert made.changes == [("mode", mode, new)]


@pytest.mark.parametrize(
    ("role", "facts", "reason"),
    [
        ("daemon_json", {"type": None}, "whether it is a file could not be read (/r)"),
        ("api_socket", {"type": None}, "whether it is a socket could not be read (/r)"),
        ("containerd_socket", {"type": "file"}, "it is a file (/r), not a socket"),
        ("config_directory", {"type": "file"}, "it is a file (/r), not a directory"),
        ("daemon_json", {"type": "block_device"}, "it is a block device (/r), not a file"),
        ("config_directory", {"type": "directory", "real_path": "/etc/"}, "it is /etc/, which others use as well"),
        ("config_directory", {"type": "directory", "real_path": "/"}, "it is /, which others use as well"),
        ("config_directory", {"type": "directory", "real_path": "//"}, "it is //, which others use as well"),
    ],
)
def test_what_is_not_what_its_role_says_is_left_alone(role: str, facts: Json, reason: str) -> None:
    odd = file(role=role, **{"real_path": "/r", "mode": "0777", **facts})
    assert steps_of(odd).reason == f"{PATH}: {reason}"
    assert steps_of(odd).left_out[0]["what"] == PATH


def test_without_a_real_path_the_path_is_what_it_is() -> None:
    lost = file(type=None)
    del lost["real_path"]
    assert steps_of(lost).reason == f"{PATH}: whether it is a file could not be read ({PATH})"
    wide = file(mode="0666")
    del wide["real_path"]
    assert steps_of(wide).steps[0]["real_path"] == PATH


@pytest.mark.parametrize(
    ("role", "note"), [("api_socket", True), ("containerd_socket", True), ("daemon_json", False), ("tls_key", False)]
)
def test_a_socket_keeps_it_until_it_is_made_anew(role: str, note: bool) -> None:
    kind = "socket" if role.endswith("_socket") else "file"
    (step,) = steps_of(file(role=role, type=kind, mode="0666")).steps
    assert step["notes"] == (
        ["Holds until the socket is made anew: see SocketMode= and SocketGroup= of its unit."] if note else []
    )


@pytest.mark.parametrize(
    ("facts", "allowed", "new"),
    [
        ({"group": "bob", "gid": 7}, ["docker"], "docker"),
        ({"group": "bob", "gid": 7}, ["ops", "dev"], "ops"),
        ({"group": "bob", "gid": 7}, None, "root"),
        ({"group": "ops", "gid": 7}, ["docker", "ops"], None),
        ({"group": "root", "gid": 0}, ["docker"], None),
        ({"group": "5", "gid": 5}, [5], None),
    ],
)
def test_the_socket_has_a_group_that_the_site_allows(facts: Json, allowed: t.Any, new: str | None) -> None:
    made = steps_of(
        file(role="api_socket", type="socket", mode="0666", **facts),
        findings=[finding(remedy={"group": "docker", "mode": "0660"})],
        policy={"api_socket_groups": allowed},
    )
    assert made.steps[0]["group"] == new and made.steps[0]["mode"] == "0660"


@pytest.mark.parametrize(("rootless", "user", "left"), [(True, 1000, True), (True, 1001, False), (False, 1000, False)])
def test_root_leaves_the_files_of_a_rootless_user(rootless: bool, user: int, left: bool) -> None:
    daemon = {"process": {"user_id": user}, "info": {"security_options": {"rootless": rootless}}}
    bad = file("/home/a b/d.json", mode="0666", uid=1000, owner="ops")
    made = steps_of(bad, findings=[finding("/home/a b/d.json")], daemon=daemon)
    assert (made.steps == []) is left
    if left:
        assert made.reason == (
            "/home/a b/d.json: it belongs to the user of a rootless engine, who may lead root astray; that user changes it"
        )
        assert made.left_out[0]["lines"] == ["chmod 0644 '/home/a b/d.json'"]
        assert made.left_out[0]["what"] == "/home/a b/d.json"


def test_root_of_a_rootless_engine_is_no_rootless_user() -> None:
    daemon = {"process": {"user_id": 0}, "info": {"security_options": {"rootless": True}}}
    assert len(steps_of(file(mode="0666"), daemon=daemon).steps) == 1


def test_what_cannot_be_changed_is_left_out_with_the_lines() -> None:
    made = steps_of(file(mode="0666", owner="bob", uid=7, cannot_change="it is immutable"))
    assert made.reason == f"{PATH}: it is immutable"
    assert (made.left_out[0]["lines"], made.left_out[0]["what"]) == ([f"chmod 0644 {PATH}"], PATH)


def opened(path: str, *who: str) -> Json:
    return {"path": path, "changeable_by": list(who)}


def test_who_could_replace_a_file_while_root_changes_it() -> None:
    bad = file(mode="0666", open_directories=[opened("/srv", "user bob", "group dev")])
    assert steps_of(bad).reason == (
        f"{PATH}: user bob, group dev can put another file in its place, by /srv; put that directory right first"
    )
    assert steps_of(file(mode="0666", open_directories=None)).reason == (
        f"{PATH}: who can put another file in its place is not known"
    )
    # All of its findings are left out, each once.
    made = steps_of(bad, findings=[finding(remedy={"mode": "0600"}), finding(rule="two")])
    assert [(one["rule"], one["what"]) for one in made.left_out] == [("one", PATH), ("two", PATH)]


def test_a_directory_that_is_put_right_opens_the_way() -> None:
    directory = file("/srv", "config_directory", type="directory", mode="0777", real_path="/srv/docker")
    below = file(mode="0666", real_path="/srv/docker/d.json", open_directories=[opened("/srv/docker", "everybody")])
    made = steps_of(below, directory, findings=[finding(PATH, "/srv")])
    assert [one["real_path"] for one in made.steps] == ["/srv/docker", "/srv/docker/d.json"]
    assert made.steps[0]["notes"] == ["/srv leads to /srv/docker."]
    # Not where the directory itself stays as it is.
    directory["open_directories"] = [opened("/", "user x")]
    made = steps_of(below, directory, findings=[finding(PATH, "/srv")])
    assert made.steps == [] and len(made.left_out) == 2


def test_a_file_that_is_not_there_is_put_right_by_its_directories() -> None:
    directory = file("/srv/docker", "config_directory", type="directory", mode="0777")
    absent: Json = {"path": PATH, "role": "daemon_json", "present": False}
    both = [finding("/srv/docker", rule="directory"), finding(rule="absent")]
    absent["open_directories"] = [opened("/srv/docker", "everybody")]
    made = steps_of(absent, directory, findings=both)
    (step,) = made.steps
    assert [one["rule"] for one in step["rules"]] == ["directory", "absent"] and made.left_out == []
    assert made.changes == [("mode", "0777", "0755")]
    for directories, reason in (
        ([], "who can put one there is not known"),
        (None, "who can put another file in its place is not known"),
        (
            [opened("/x", "user bob")],
            "user bob can put another file in its place, by /x; put that directory right first",
        ),
    ):
        absent["open_directories"] = directories
        made = steps_of(absent, directory, findings=both)
        assert [one["reason"] for one in made.left_out] == [f"{PATH}: there is no such file, and {reason}"]
        assert made.left_out[0]["what"] == PATH and len(made.steps) == 1


def test_two_rules_about_one_file_are_one_step_with_the_stricter_mode() -> None:
    for first, second in (("0640", "0604"), ("0604", "0640")):
        findings = [finding(remedy={"mode": first}), finding(remedy={"mode": second}, rule="two")]
        (step,) = steps_of(file(mode="0666"), findings=findings).steps
        assert step["mode"] == "0600" and step["changes"] == [{"name": "mode", "old": "0666", "new": "0600"}]
        assert [one["rule"] for one in step["rules"]] == ["one", "two"]


def test_only_the_subjects_that_fail_are_changed() -> None:
    wide = [file(path, mode="0666") for path in ("/a", "/b")]
    mixed = finding("/a", "/b")
    mixed["subjects"][0]["verdict"] = "pass"
    made = steps_of(*wide, findings=[mixed])
    assert [one["file"] for one in made.steps] == ["/b"] and made.left_out == []
    # One that cannot be done does not stop those after it.
    for odd in (file("/a", mode="0600"), file("/a", type="fifo"), file("/a", mode="0666", cannot_change="no")):
        made = steps_of(odd, wide[1], findings=[finding("/x", "/a", "/b")])
        assert [one["file"] for one in made.steps] == ["/b"]
        assert made.left_out[0]["reason"] == "/x: it is no file of this posture" and len(made.left_out) == 2


def test_of_a_path_that_is_listed_twice_the_first_entry_counts() -> None:
    assert steps_of(file(mode="0666"), file(mode="0777")).changes == [("mode", "0666", "0644")]
