# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Audit rules: one file, only where it would record something, and what it covers besides."""

from __future__ import annotations

import shutil
import subprocess
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices, Draft
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.watches import BOOT_FILE, RULES_FILE, watch_steps
from ansible_collections.seawall.docker.tests.support.plans import Json, planned, recorded
from ansible_collections.seawall.docker.tests.support.postures import posture_in

WATCHES = "audit_watches"


def host(*targets: str, **auditing: t.Any) -> Json:
    """The good host on which these targets are not watched."""
    posture = posture_in()
    for name in targets:
        posture["auditing"]["targets"][name].update(watched=False, watched_loaded=False, watched_written=False, by=[])
    # What stays watched is so by rules that are written, as on a real host.
    for name, target in posture["auditing"]["targets"].items():
        if name not in targets:
            posture["auditing"]["written"]["rules_directory"].append(rule(f"-w {target['path']} -p wa"))
    posture["auditing"].update(auditing)
    return posture


def rule(text: str, source: str = "/etc/audit/rules.d/10-site.rules", **more: t.Any) -> Json:
    kind = "enable" if text.startswith("-e") else "syscall" if text.startswith("-a") else "watch"
    action = "never" if "never" in text else None if kind == "enable" else "always"
    return {"line": 1, "source": source, "text": text, "malformed": None, "kind": kind, "action": action, **more}


def test_one_file_with_a_line_for_each() -> None:
    made = planned(host("runc", "data_root"))
    step = made.step(WATCHES)
    assert (step["file"], step["impact"], step["containers"]) == (RULES_FILE, "none", [])
    assert step["content"].splitlines()[1:] == [
        "-w /path/of/data_root -p wa -k docker",
        "-w /path/of/runc -p wa -k docker",
    ]
    assert [one["number"] for one in step["rules"]] == ["1.1.5", "1.1.18"]
    assert made.status("audit-runc") == made.status("audit-data-root") == "pass"


def test_the_path_behind_links_is_watched() -> None:
    posture = host("runc")
    posture["auditing"]["targets"]["runc"].update(path="/usr/sbin/runc", real_path="/usr/lib/runc-1.1")
    made = planned(posture)
    assert "-w /usr/lib/runc-1.1 -p wa" in made.step(WATCHES)["content"] and made.status("audit-runc") == "pass"


def test_lines_of_an_earlier_run_stay() -> None:
    posture = host("runc")
    posture["auditing"]["written"]["rules_directory"].append(rule("-w /path/of/old -p wa -k docker", RULES_FILE))
    content = planned(posture).step(WATCHES)["content"]
    assert content.splitlines()[1:] == ["-w /path/of/old -p wa -k docker", "-w /path/of/runc -p wa -k docker"]


def test_a_rule_that_is_written_and_not_loaded_is_loaded() -> None:
    posture = host("runc")
    posture["auditing"]["targets"]["runc"]["watched_written"] = True
    posture["auditing"]["written"]["rules_directory"].append(rule("-w /path/of/runc -p wa -k docker", RULES_FILE))
    step = planned(posture).step(WATCHES)
    assert step["changes"][0]["old"] == "written" and step["content"].count("runc") == 1


def test_a_directory_covers_what_lies_in_it() -> None:
    """Only the directory was chosen, and the file in it is watched with it."""
    posture = host("config_directory", "daemon_json")
    targets = posture["auditing"]["targets"]
    targets["config_directory"].update(path="/etc/docker", real_path="/etc/docker", type="directory")
    targets["daemon_json"].update(path="/etc/docker/daemon.json", real_path="/etc/docker/daemon.json")
    made = planned(posture, Choices(rules=frozenset({"audit-config-directory"})))
    assert made.status("audit-daemon-json") == "pass"
    assert made.left_out("audit-daemon-json")[0].startswith("not chosen")


@pytest.mark.parametrize(
    ("auditing", "words"),
    [
        ({"auditd_installed": False}, "auditd is not installed"),
        ({"auditctl_installed": False}, "auditd is not installed"),
        ({"auditd_installed": None}, "not known"),
        ({"status": {"enabled": 2, "daemon_pid": 5}}, "locked"),
        ({"status": {"enabled": 0, "daemon_pid": 5}}, "turned off"),
        ({"status": {}}, "not known"),
        ({"written": None}, "could not be read"),
        ({"written": {"rules_directory": [], "rules_file": [{}], "rules_file_generated": False}}, "written by hand"),
        (
            {"written": {"rules_directory": [{"source": "x", "line": 1, "text": "-w", "malformed": "no path"}]}},
            "malformed",
        ),
        (
            {"loaded": [rule("-w /x -p wa", "loaded")], "written": {"rules_directory": [], "rules_file": []}},
            "has no -D",
        ),
    ],
)
def test_what_would_record_nothing_is_left_out(auditing: Json, words: str) -> None:
    made = planned(host("runc", **auditing))
    assert made.document["steps"] == [] and words in made.left_out("audit-runc")[0]
    (entry,) = [one for one in made.document["left_out"] if one["rule"] == "audit-runc"]
    assert entry["lines"] == ["-w /path/of/runc -p wa -k docker"] and made.status("audit-runc") == "fail"


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("-a never,task", False),
        ("-a never,exit -F path=/path/of/runc -F perm=wa", False),
        ("-a never,exit -F path=/path/of/other -F perm=wa", True),
        ("-a never,exit -F exe=/usr/bin/chatty", True),
        ("-a never,user -F uid=101", True),
    ],
)
def test_a_rule_that_silences_others(text: str, heard: bool) -> None:
    posture = host("runc")
    posture["auditing"]["written"]["rules_directory"].append(rule(text))
    made = planned(posture, rules=["audit-runc"])
    assert bool(made.document["steps"]) is heard
    assert made.status("audit-runc") == ("pass" if heard else "fail")
    if not heard:
        assert "another rule" in made.left_out("audit-runc")[0]


def test_rules_that_are_locked_afterwards_are_loaded_first() -> None:
    posture = host("runc")
    posture["auditing"]["written"]["rules_directory"].append(rule("-e 2", "/etc/audit/rules.d/99-final.rules"))
    assert planned(posture, rules=["audit-runc"]).status("audit-runc") == "pass"


def test_a_path_that_no_rule_can_hold() -> None:
    posture = host("runc")
    for path in ("/opt/run c", "/opt/r\nx", "/opt/\u00fc", "relative", ""):
        posture["auditing"]["targets"]["runc"].update(path=path, real_path=path)
        made = planned(posture, rules=["audit-runc"])
        assert made.document["steps"] == [] and "cannot be written" in made.left_out("audit-runc")[0]


def test_a_daemon_that_does_not_run_is_said() -> None:
    made = planned(host("runc", status={"enabled": 1, "daemon_pid": 0}))
    assert "auditd does not run" in made.step(WATCHES)["notes"][0]


def test_the_recorded_host_with_auditd() -> None:
    made = planned(recorded("vm"))
    step = made.step(WATCHES)
    for one in step["rules"]:
        assert made.status(one["rule"]) == "pass"
    assert "-w /usr/sbin/dockerd -p wa -k docker\n" in step["content"]


def volatile(manager: str = "systemd") -> Json:
    """A host on which things below /run, of the engine and of a stranger, are not watched."""
    posture = host("containerd_state", "containerd_socket", "runc")
    targets = posture["auditing"]["targets"]
    targets["containerd_state"].update(path="/run/containerd", real_path="/run/containerd", type="directory")
    targets["containerd_socket"].update(path="/run/containerd/x/y.sock", real_path="/run/containerd/x/y.sock")
    posture["daemon"]["process"]["manager"] = manager
    return posture


def test_rules_load_at_the_next_boot_too() -> None:
    step = planned(volatile()).step(WATCHES)
    assert [line.split()[1] for line in step["content"].splitlines()[1:]] == [
        "/path/of/runc",
        "/run/containerd",
        "/run/containerd/x/y.sock",
    ]
    assert step["boot_file"] == "/etc/tmpfiles.d/seawall-docker.conf"
    assert step["boot_content"].splitlines()[1:] == [
        "d /run/containerd 0711 root root -",
        "d /run/containerd/x 0711 root root -",
    ]
    assert [one["new"] for one in step["changes"]][-2:] == step["boot_content"].splitlines()[1:]


def test_without_systemd_the_plan_says_what_the_next_boot_needs() -> None:
    step = planned(volatile("sysvinit")).step(WATCHES)
    assert step["boot_file"] is None
    assert any("/run/containerd, /run/containerd/x must be there before auditd" in note for note in step["notes"])


def test_what_outlives_boots_needs_nothing_made() -> None:
    step = planned(host("runc")).step(WATCHES)
    assert (step["boot_file"], step["boot_content"], step["notes"]) == (None, None, [])


def test_paths_mean_the_same_in_tmpfiles_d(tmp_path: Path) -> None:
    posture = volatile()
    path = "/run/containerd/%n%%h/y'z\"/s.sock"
    posture["auditing"]["targets"]["containerd_socket"].update(path=path, real_path=path)
    content = planned(posture).step(WATCHES)["boot_content"]
    assert content.splitlines()[2:] == [
        "d /run/containerd/%%n%%%%h 0711 root root -",
        'd "/run/containerd/%%n%%%%h/y\'z\\"" 0711 root root -',
    ]
    if shutil.which("systemd-tmpfiles"):
        subprocess.run(
            ["systemd-tmpfiles", "--create", f"--root={tmp_path}", "-"], input=content, text=True, check=True
        )
        made = sorted(str(one.relative_to(tmp_path)) for one in (tmp_path / "run").rglob("*"))
        assert made == ["run/containerd", "run/containerd/%n%%h", "run/containerd/%n%%h/y'z\""]


@pytest.mark.parametrize("word", ["a b", "a\n-D", "a\\b", "", "a" * 32, "\u00fc"])
def test_keys_that_no_rule_can_hold(word: str) -> None:
    posture = host("runc")
    finding = {"rule": "r", "number": "1", "title": "", "remedy": {"audit_watch": {"target": "runc", "key": word}}}
    draft = Draft()
    assert watch_steps([finding], posture, draft) == []
    assert "its key cannot be written" in draft.left_out[0]["reason"] and draft.left_out[0]["lines"] == []


def test_no_line_is_advised_for_a_path_that_no_rule_can_hold() -> None:
    posture = host("runc")
    for path in ("/opt/r\n-D\n", "/opt/run c", "/opt/a\\ b"):
        posture["auditing"]["targets"]["runc"].update(path=path, real_path=path)
        draft = Draft()
        finding = {"rule": "r", "number": "1", "title": "", "remedy": {"audit_watch": {"target": "runc"}}}
        assert watch_steps([finding], posture, draft) == [] and draft.left_out[0]["lines"] == []


def test_watches_do_not_stop_a_rootless_host_and_paths_that_its_user_can_remove_are_left_out() -> None:
    posture = host("runc", "daemon_program", "data_root", "api_socket")
    posture["daemon"]["info"]["security_options"]["rootless"] = True
    paths = {
        "runc": "/usr/sbin/runc",
        "daemon_program": "/usr/bin/dockerd",
        "data_root": "/home/ops/.local/share/docker",
        "api_socket": "/run/user/1000/docker.sock",
    }
    for name, path in paths.items():
        posture["auditing"]["targets"][name].update(path=path, real_path=path)
    made = planned(posture)
    assert made.document["blockers"] == []
    assert made.step(WATCHES)["content"].splitlines()[1:] == [
        "-w /usr/bin/dockerd -p wa -k docker",
        "-w /usr/sbin/runc -p wa -k docker",
    ]
    left = {one["what"]: one for one in made.document["left_out"]}
    for name in ("data_root", "api_socket"):
        assert "its user could remove the path" in left[paths[name]]["reason"] and left[paths[name]]["lines"]


def new_directory(**auditing: t.Any) -> Json:
    """A host without daemon.json and its directory, on which an option is to be set."""
    posture = host(**auditing)
    for name, path in (("config_directory", "/etc/docker"), ("daemon_json", "/etc/docker/daemon.json")):
        posture["auditing"]["targets"][name] = {"path": path, "real_path": path, "present": False, "unread": {}}
        entry = next(one for one in posture["files"] if one["role"] == name)
        for fact in ("type", "owner", "group", "uid", "gid", "mode", "hard_links", "access_list"):
            entry.pop(fact)
        entry.update(present=False, real_path=path)
    posture["daemon"]["options"]["icc"]["value"] = posture["daemon"]["default_bridge"]["icc"] = True
    return posture


def test_rules_for_what_the_plan_creates_come_after_it_in_the_same_run() -> None:
    made = planned(new_directory())
    assert [one["kind"] for one in made.document["steps"]][-2:] == ["daemon_options", WATCHES]
    step = made.step(WATCHES)
    assert step["later"] and "-w /etc/docker -p wa -k docker\n" in step["content"]
    assert step["notes"] == ["After the step that creates /etc/docker, since auditd can watch only what exists."]
    assert made.status("audit-config-directory") == made.status("audit-daemon-json") == "pass"


def test_rules_of_one_run_are_one_file() -> None:
    posture = new_directory()
    posture["auditing"]["targets"]["runc"].update(watched=False, watched_loaded=False, watched_written=False, by=[])
    posture["auditing"]["written"]["rules_directory"] = [
        one for one in posture["auditing"]["written"]["rules_directory"] if "runc" not in one["text"]
    ]
    step = planned(posture).step(WATCHES)
    assert step["later"] and "-w /etc/docker " in step["content"] and "-w /path/of/runc " in step["content"]


@pytest.mark.parametrize(
    ("auditing", "choices"),
    [
        ({"auditd_installed": False}, Choices()),
        ({"status": {"enabled": 2, "daemon_pid": 5}}, Choices()),
        ({}, Choices(max_impact="none")),  # nothing is created
        ({}, Choices(phases=frozenset({"daemon_options"}))),
    ],
)
def test_where_nothing_is_created_or_recorded_there_are_no_later_rules(auditing: Json, choices: Choices) -> None:
    made = planned(new_directory(**auditing), choices)
    assert made.steps(WATCHES) == [] and made.left_out("audit-config-directory") == []


def test_a_daemon_json_in_a_directory_that_is_watched_needs_no_rule_of_its_own() -> None:
    posture = new_directory()
    target = posture["auditing"]["targets"]["config_directory"]
    target.update(present=True, type="directory", watched=True, watched_loaded=True, watched_written=True, by=[])
    entry = next(one for one in posture["files"] if one["role"] == "config_directory")
    entry.update(present=True, type="directory", owner="root", group="root", uid=0, gid=0, mode="0755", access_list=[])
    posture["auditing"]["written"]["rules_directory"].append(rule("-w /etc/docker -p wa"))
    made = planned(posture)
    assert made.steps(WATCHES) == []
    assert made.status("audit-daemon-json") == "pass"


@pytest.mark.parametrize("path", [RULES_FILE, "/etc/audit/audit.rules"])
def test_rules_that_cannot_be_written_are_left_out_with_the_reason(path: str) -> None:
    why = f"{path} is unchanged: cannot replace it: {path} is immutable, which chattr -i {path} ends"
    made = planned(host("runc", cannot_write={path: why}))
    assert made.document["steps"] == [] and made.left_out("audit-runc") == [why]


def test_without_the_file_for_the_next_boot_the_rules_are_written_and_the_reason_is_a_note() -> None:
    posture = host("containerd_socket", cannot_write={BOOT_FILE: "the file system of /etc/tmpfiles.d is full"})
    directory = "/run/containerd"
    posture["auditing"]["targets"]["containerd_state"].update(path=directory, real_path=directory, type="directory")
    path = f"{directory}/containerd.sock"
    posture["auditing"]["targets"]["containerd_socket"].update(path=path, real_path=path)
    step = planned(posture).step(WATCHES)
    assert step["boot_file"] is None and path in step["content"]
    assert step["notes"][0].startswith(
        "the file system of /etc/tmpfiles.d is full. At the next boot /run/containerd must"
    )
