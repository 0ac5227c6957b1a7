# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of audit rules and what stands against them, of a host that is made by hand."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan import watches
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.later_watches import watches_in_order
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Draft

Json = dict[str, t.Any]
SITE = "/etc/audit/rules.d/10-site.rules"
OURS = watches.RULES_FILE


def written(text: str, source: str = SITE, kind: str = "watch", **more: t.Any) -> Json:
    return {"text": text, "source": source, "line": 1, "kind": kind, "malformed": None, **more}


def auditing(*rules: Json, **more: t.Any) -> Json:
    return {
        "auditd_installed": True,
        "auditctl_installed": True,
        "status": {"enabled": 1, "daemon_pid": 5},
        "written": {"rules_directory": list(rules), "rules_file": [], "rules_file_generated": True},
        "targets": {
            "runc": {"path": "/usr/sbin/runc", "real_path": "/usr/sbin/runc", "present": True, "type": "file"},
            "state": {"path": "/run/docker", "real_path": "/run/docker", "present": True, "type": "directory"},
            "gone": {"path": "/opt/gone", "real_path": "/opt/gone", "present": False},
        },
        **more,
    }


def finding(target: str = "runc", **watch: t.Any) -> Json:
    return {
        "rule": f"audit-{target}",
        "number": "1.1",
        "title": "",
        "remedy": {"audit_watch": {"target": target, **watch}},
    }


def made(of: Json, *findings: Json, **more: t.Any) -> tuple[list[Json], list[Json]]:
    draft = Draft()
    posture = {"auditing": of, "daemon": {"process": {"manager": "systemd"}, **more}}
    return watches.watch_steps(findings or [finding()], posture, draft), draft.left_out


LINE = "-w /usr/sbin/runc -p wa -k docker"
WITHOUT = "its permissions are without w or a, and an audit takes nothing for watched without both"


@pytest.mark.parametrize(
    ("watch", "line"),
    [
        ({}, LINE),
        ({"permissions": "rwxa"}, "-w /usr/sbin/runc -p rwxa -k docker"),
        ({"permissions": "aw", "key": "k" * 31}, f"-w /usr/sbin/runc -p aw -k {'k' * 31}"),
    ],
)
def test_the_line_has_what_the_rule_asks_for(watch: Json, line: str) -> None:
    (step,), left = made(auditing(), finding(**watch))
    assert (step["kind"], step["file"], step["impact"], step["later"]) == ("audit_watches", OURS, "none", False)
    assert step["changes"] == [{"name": "runc", "old": None, "new": line}] and left == []
    assert step["content"] == f"# Written by seawall.docker: who changes the parts of Docker.\n{line}\n"
    assert step["rules"] == [{"rule": "audit-runc", "number": "1.1"}] and step["notes"] == []


@pytest.mark.parametrize(
    ("watch", "reason"),
    [
        ({"key": "k" * 32}, "its key cannot be written in an audit rule"),
        ({"key": "a b"}, "its key cannot be written in an audit rule"),
        ({"permissions": ""}, "its permissions are not of r, w, x and a"),
        ({"permissions": "rwxar"}, "its permissions are not of r, w, x and a"),
        ({"permissions": "wq"}, "its permissions are not of r, w, x and a"),
        ({"permissions": "rwx"}, WITHOUT),
        ({"permissions": "xa"}, WITHOUT),
    ],
)
def test_what_no_line_can_hold_is_left_out_without_a_line(watch: Json, reason: str) -> None:
    steps, (left,) = made(auditing(), finding(**watch))
    assert steps == [] and (left["reason"], left["lines"], left["what"]) == (reason, [], "/usr/sbin/runc")


def test_a_target_that_is_not_known_has_no_path() -> None:
    steps, (left,) = made(auditing(), finding("nothing"))
    assert steps == [] and (left["reason"], left["what"]) == ("its path cannot be written in an audit rule", "")


def test_the_real_path_counts_and_the_other_where_there_is_none() -> None:
    of = auditing()
    of["targets"]["runc"]["real_path"] = "/usr/lib/runc"
    assert "-w /usr/lib/runc -p" in made(of)[0][0]["content"]
    of["targets"]["runc"].update(real_path=None, path="/usr/bin/runc")
    steps, left = made(of)
    assert ([one["what"] for one in left] == ["/usr/bin/runc"] and steps == []) or "-w /usr/bin/runc -p" in steps[0][
        "content"
    ]


NOT_LOADED = "whether {} is installed on the host is not known"
NOBODY = "auditd is not installed on the host, so that nothing would record what the rule asks for"


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, None),
        ({"auditd_installed": None}, NOT_LOADED.format("auditd")),
        ({"auditctl_installed": None}, NOT_LOADED.format("auditctl")),
        ({"auditd_installed": False}, NOBODY),
        ({"auditctl_installed": False}, NOBODY),
        ({"status": None}, "whether the kernel takes audit rules is not known"),
        ({"status": {"enabled": 2}}, "the kernel's audit rules are locked (-e 2) until the next start of the host"),
        (
            {"status": {"enabled": 0}},
            "auditing is turned off in the kernel, so that no rule records anything (auditctl -e 1 turns it on)",
        ),
        ({"cannot_write": {OURS: "it is immutable"}}, "it is immutable"),
        ({"cannot_write": {"/etc/audit/audit.rules": "full"}}, "full"),
        ({"cannot_write": {"/etc/other": "full"}}, None),
        ({"written": []}, "the rules that are written could not be read, and loading rules.d could replace others"),
        (
            {"written": {"rules_file_generated": False, "rules_file": [{}]}},
            "/etc/audit/audit.rules is written by hand, and loading rules.d would replace it",
        ),
        ({"written": {"rules_file_generated": False, "rules_file": []}}, None),
        ({"written": {"rules_file_generated": None, "rules_file": [{}]}}, None),
        (
            {"written": {"rules_directory": [written("-w", malformed="no path")]}},
            "a rule in /etc/audit/rules.d is malformed, and none after it would be loaded: put it right first",
        ),
        (
            {"loaded": [{}], "written": {"rules_directory": [written("-w /x")]}},
            "/etc/audit/rules.d has no -D, so that loading it ends at the first rule that is loaded already",
        ),
        ({"loaded": [{}], "written": {"rules_directory": [written("-D", kind="delete_all")]}}, None),
        ({"loaded": [], "written": {"rules_directory": [written("-w /x")]}}, None),
    ],
)
def test_what_stands_against_a_watch(facts: Json, reason: str | None) -> None:
    of = {**auditing(), **facts}
    assert watches.obstacle(of) == reason
    steps, left = made(of)
    if reason is None:
        assert len(steps) == 1
    else:
        assert steps == [] and (left[0]["reason"], left[0]["lines"]) == (reason, [LINE])


def test_lines_of_an_earlier_run_stay_and_none_stands_twice() -> None:
    earlier = "-w /opt/x -p wa -k docker"
    rules = [
        written(LINE, OURS),
        written(earlier, OURS),
        written("-w /site -p wa"),
    ]
    (step,), _left = made(auditing(*rules))
    assert step["content"].splitlines()[1:] == [LINE, earlier]
    assert step["changes"] == [{"name": "runc", "old": "written", "new": LINE}]


@pytest.mark.parametrize(
    ("source", "heard"),
    [
        ("/etc/audit/rules.d/10-site.rules", False),
        ("/etc/audit/rules.d/5-site.rules", False),
        ("/etc/audit/rules.d/49.rules", False),
        ("/etc/audit/rules.d/99-site.rules", True),
        ("/etc/audit/rules.d/100-site.rules", True),
        ("/etc/audit/rules.d/audit.rules", True),
    ],
)
def test_files_of_rules_are_loaded_in_the_order_of_their_numbers(source: str, heard: bool) -> None:
    """The kernel takes the first rule that matches, and what it is never to record is not recorded by a rule after that."""
    never = written("-a never,exit -F path=/usr/sbin/runc -F perm=wa", source, kind="syscall")
    steps, left = made(auditing(never))
    assert bool(steps) is heard
    if not heard:
        assert left[0]["reason"] == (
            "another rule in /etc/audit/rules.d keeps the kernel from recording it (never, or -e 2 before it)"
        )
        assert (left[0]["lines"], left[0]["what"]) == ([LINE], "/usr/sbin/runc")


def test_all_rules_are_deleted_before_others_and_locked_after_them() -> None:
    late = "/etc/audit/rules.d/99-final.rules"
    assert len(made(auditing(written("-D", late, kind="delete_all")))[0]) == 1
    early = "/etc/audit/rules.d/00-first.rules"
    assert len(made(auditing(written("-e 2", early, kind="enable")))[0]) == 1


def test_only_what_is_there_is_watched() -> None:
    of = auditing()
    assert watches.watched_with(of, []) == {"runc": False, "state": False}
    assert watches.watched_with(of, [LINE]) == {"runc": True, "state": False}
    assert watches.watched_with(of, ["-w /run/docker -p wa"]) == {"runc": False, "state": True}
    assert watches.watched_with(of, ["-w /usr/sbin/run -p wa"]) == {"runc": False, "state": False}
    steps, (left,) = made(of, finding("gone"))
    assert steps == [] and left["reason"].startswith("another rule")


@pytest.mark.parametrize(
    ("path", "rootless", "left"),
    [
        ("/usr/sbin/runc", True, False),
        ("/etc/docker/d.json", True, False),
        ("/lib/systemd/x", True, False),
        ("/home/ops/x", True, True),
        ("/usr2/x", True, True),
        ("/home/ops/x", False, False),
    ],
)
def test_a_path_that_a_rootless_user_may_remove_is_not_watched(path: str, rootless: bool, left: bool) -> None:
    of = auditing()
    of["targets"]["runc"].update(path=path, real_path=path)
    steps, entries = made(of, info={"security_options": {"rootless": rootless}})
    assert bool(entries) is left and bool(steps) is not left
    if left:
        assert entries[0]["lines"] == [f"-w {path} -p wa -k docker"] and "its user could remove" in entries[0]["reason"]


def test_what_is_gone_with_a_boot_is_made_again_and_its_rules_come_last() -> None:
    of = auditing()
    of["targets"]["socket"] = {
        "path": "/run/docker/a b/s.sock", "real_path": "/run/docker/a%/s.sock", "present": True, "type": "socket"
    }  # fmt: skip
    of["targets"]["other"] = {"path": "/run/x/y", "real_path": "/run/x/y", "present": True, "type": "file"}
    (step,), left = made(of, finding("state"), finding("socket"), finding("other"), finding())
    assert left == []
    assert [line.split()[1] for line in step["content"].splitlines()[1:]] == [
        "/usr/sbin/runc",
        "/run/docker",
        "/run/docker/a%/s.sock",
        "/run/x/y",
    ]
    assert step["boot_file"] == "/etc/tmpfiles.d/seawall-docker.conf" and step["notes"] == []
    entries = ["d /run/docker 0700 root root -", "d /run/docker/a%% 0700 root root -"]
    assert step["boot_content"] == (
        "# Written by seawall.docker: auditd can watch these from the start of the host on.\n"
        + "\n".join(entries)
        + "\n"
    )
    assert step["changes"][4:] == [
        {"name": "created at boot (/etc/tmpfiles.d/seawall-docker.conf)", "old": None, "new": one} for one in entries
    ]


def test_where_nothing_makes_the_directories_it_is_said() -> None:
    must = (
        "At the next boot /run/docker must be there before auditd loads its rules; "
        "else run augenrules --load once the engine has started."
    )
    for of, manager, note in (
        (auditing(), "openrc", must),
        (auditing(cannot_write={watches.BOOT_FILE: "it is full"}), "systemd", f"it is full. {must}"),
    ):
        (step,), _left = made(of, finding("state"), process={"manager": manager})
        assert (step["boot_file"], step["boot_content"], step["notes"]) == (None, None, [note])
        assert len(step["changes"]) == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [({"enabled": 1, "daemon_pid": 0}, True), ({"enabled": 1, "daemon_pid": 7}, False), ({"enabled": 1}, False)],
)
def test_where_auditd_does_not_run_it_is_said(status: Json, said: bool) -> None:
    (step,), _left = made(auditing(status=status))
    note = "auditd does not run: records go to the kernel's log until it is started."
    assert step["notes"] == ([note] if said else [])


def in_order(
    of: Json,
    *failed: Json,
    later: t.Sequence[str] = (),
    status: str = "not_applicable",
    kind: str = "daemon_options",
    **options: t.Any,
) -> list[str]:
    """The steps of a plan that may create /etc/docker/daemon.json, with the lines of audit rules at their place."""
    steps: list[Json] = [{"kind": "file_attributes"}, {"kind": kind, "options": options}]
    posture = {"auditing": of, "daemon": {"process": {"manager": "systemd"}}}
    wanted = [{**finding(name), "status": status} for name in later]
    draft = Draft()
    found = []
    for one in watches_in_order(steps, failed, wanted, posture, draft, 1):
        lines = one["content"].splitlines()[1:] if "content" in one else []
        found += [f"later {line}" if one["later"] else line for line in lines] if lines else [one["kind"]]
        if one.get("later"):
            directory = of["targets"]["config_directory"]["present"]
            created = "/etc/docker/daemon.json" if directory else "/etc/docker"
            assert one["notes"] == [f"After the step that creates {created}, since auditd can watch only what exists."]
    return found


NEW = {"path": "/etc/docker/daemon.json", "real_path": "/etc/docker/daemon.json", "present": False}
NEW_DIRECTORY = {"path": "/etc/docker", "real_path": "/etc/docker", "present": False}


def creating(*rules: Json, **targets: Json) -> Json:
    of = auditing(*rules)
    of["targets"].update({"config_directory": NEW_DIRECTORY, "daemon_json": NEW, **targets})
    return of


def test_what_a_step_creates_is_watched_after_it() -> None:
    directory, file = "later -w /etc/docker -p wa -k docker", "later -w /etc/docker/daemon.json -p wa -k docker"
    before = ["file_attributes", "daemon_options"]
    both = ["config_directory", "daemon_json"]
    assert in_order(creating(), later=both, icc=False) == [*before, directory, file]
    assert in_order(creating(), finding(), later=both[:1], icc=False) == [*before, f"later {LINE}", directory]
    assert in_order(creating(), later=both[1:], icc=False) == [*before, file]
    there = creating(config_directory={**NEW_DIRECTORY, "present": True, "type": "directory"})
    assert in_order(there, later=both[1:], icc=False) == [*before, file]
    assert in_order(creating(), later=both[1:], kind="userns_remap", icc=False) == [
        "file_attributes",
        "userns_remap",
        file,
    ]


def test_what_no_step_creates_is_not_watched_later() -> None:
    at_once = ["file_attributes", LINE, "daemon_options"]
    both = ["config_directory", "daemon_json"]
    assert in_order(creating(), finding(), icc=False) == at_once
    assert in_order(creating(), finding(), later=both) == at_once
    assert in_order(creating(), finding(), later=both, kind="other", icc=False) == ["file_attributes", LINE, "other"]
    assert in_order(creating(), finding(), later=both, status="pass", icc=False) == at_once
    assert in_order(creating(), finding(), later=["gone"], icc=False) == at_once
    there = {**NEW, "present": True, "type": "file"}
    assert in_order(creating(daemon_json=there), finding(), later=["daemon_json"], icc=False) == at_once
    elsewhere = {**NEW, "real_path": "/srv/daemon.json"}
    assert in_order(creating(daemon_json=elsewhere), finding(), later=["daemon_json"], icc=False) == at_once
    covered = written("-w /etc/docker -p wa")
    with_directory = creating(covered, config_directory={**NEW_DIRECTORY, "present": True, "type": "directory"})
    assert in_order(with_directory, finding(), later=["daemon_json"], icc=False) == at_once
    # Where nothing records, what fails is left out and what is created later is not spoken of.
    assert in_order({**creating(), "auditd_installed": False}, finding(), later=both, icc=False) == [
        "file_attributes",
        "daemon_options",
    ]
