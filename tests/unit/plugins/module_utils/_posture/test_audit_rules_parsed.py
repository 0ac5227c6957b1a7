# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each part of an audit rule as it is read, and the evidence for a verdict: rule, place and reason."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._posture.auditing.coverage import (
    Target,
    coverage,
    effective_rules,
    kernel_path,
    unmasked,
)
from ansible_collections.seawall.docker.plugins.module_utils._posture.auditing.rules import (
    AuditRule,
    Field,
    Malformed,
    lines_of,
    merged,
    parse_rule,
    parse_rules,
)

PATH = "/etc/docker/daemon.json"


def read(text: str) -> t.Any:
    (only,) = parse_rules(lines_of(text, "a.rules"))
    return only


def watch(**more: t.Any) -> AuditRule:
    fields = {"action": "always", "filter": "exit", "target": "file", "path": "/x", "syscalls": ("all",)}
    return AuditRule(**{"kind": "watch", "text": "", "line": 1, "source": "a.rules", **fields, **more})


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("-w /x", watch()),
        ("-w /x/", watch(target="tree", path="/x/")),
        ("-w /", watch(path="/")),
        ("-w /x -p aw -k one -k two", watch(permissions="wa", keys=("one", "two"))),
        ("-W /x -p r", watch(permissions="r", remove=True)),
        ("-a always,exit -F path=/x -F perm=wa -F key=k", watch(kind="syscall", permissions="wa", keys=("k",))),
        ("-A exit,never -F dir=/x", watch(kind="syscall", action="never", target="tree", prepend=True)),
        ("-d always,exit -F path=/x", watch(kind="syscall", remove=True)),
        (
            "-a always,exit -F arch=b64 -S open,openat -S chmod -F uid!=0",
            watch(
                kind="syscall", target=None, path=None, architecture="b64", syscalls=("open", "openat", "chmod"),
                fields=(Field("uid", "!=", "0"),),
            ),
        ),
        (
            "-a always,exit -C uid!=euid -F path=/x",
            watch(kind="syscall", fields=(Field("uid", "!=", "euid"),)),
        ),
        ("-i", AuditRule("control", "", 1, "a.rules", ignore_errors=True)),
        ("-e 1", AuditRule("enable", "", 1, "a.rules", value="1")),
        ("-b 8192", AuditRule("control", "", 1, "a.rules")),
        ("--backlog_wait_time 5", AuditRule("control", "", 1, "a.rules")),
        ("--backlog_wait_time=5 -i", AuditRule("control", "", 1, "a.rules", ignore_errors=True)),
        ("--loginuid-immutable -i", AuditRule("control", "", 1, "a.rules", ignore_errors=True)),
        ("-D", AuditRule("delete_all", "", 1, "a.rules")),
        ("-D -k docker", AuditRule("delete_all", "", 1, "a.rules", keys=("docker",))),
    ],
)  # fmt: skip
def test_each_part_of_a_rule(text: str, rule: AuditRule) -> None:
    assert read(f"  {text} ") == rule._replace(text=text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-D -k", "-D takes nothing but -k and a key"),
        ("-D -x y", "-D takes nothing but -k and a key"),
        ("-D -k a b", "-D takes nothing but -k and a key"),
        ("-i -D", "-D cannot be joined with other options"),
        ("-e 3", "-e must be 0, 1 or 2"),
        ("-R x", "a rule file cannot name another"),
        ("-w /x -a always,exit", "a line can hold one rule"),
        ("-a always,exit -w /x", "a watch cannot be joined with a rule of a list"),
        ("-w", "-w needs a value"),
        ("-p wa", "-p must follow a list or a watch"),
        ("-F uid=0", "-F must follow a list or a watch"),
        ("-k x", "-k must follow a list or a watch"),
        ("-C uid=euid", "-C must follow a list or a watch"),
        ("--signal", "--signal needs a value"),
        ("--unknown=1", "there is no option --unknown"),
        ("-z", "there is no option -z"),
        ("-: x", "there is no option -:"),
        ("/x", "'/x' follows no option"),
        ("-i -", "'-' follows no option"),
    ],
)
def test_what_auditctl_refuses_is_said_with_its_place(text: str, reason: str) -> None:
    (_first, found) = parse_rules(lines_of(f"-w /y\n  {text}", "a.rules"))
    assert found == Malformed(text, 2, "a.rules", reason)


def test_a_rule_alone_has_no_place() -> None:
    rule = parse_rule(["-w", "/x"])
    assert (rule.text, rule.line, rule.source) == ("", 0, "")
    assert read("-w /" + "x" * 900).text == "-w /" + "x" * 496


def test_files_are_joined_as_augenrules_joins_them() -> None:
    files = [("a", "-w /a\n-D\n-b 5\n-f 1\n-w /b"), ("b", " -p wa\n-e 2\n-w /c\n"), ("c", "-e 1\n-D\n-w /d")]
    assert [line for line in merged(files) if line[2]] == [
        ("c", 2, "-D"),
        ("a", 1, "-w /a"),
        ("b", 1, "-w /b -p wa"),
        ("b", 3, "-w /c"),
        ("c", 3, "-w /d"),
        ("c", 1, "-e 1"),
    ]


def test_rules_as_the_kernel_has_them() -> None:
    def left(text: str) -> t.List[str]:
        rules, stop = effective_rules(parse_rules(lines_of(text, "a.rules")))
        assert stop is None
        return [rule.text for rule in rules]

    assert left("-w /a\n-e 2\n-w /b") == ["-w /a"] and left("-w /a\n-e 1\n-w /b") == ["-w /a", "-w /b"]
    assert left("-w /a\n-A exit,always -F path=/b") == ["-A exit,always -F path=/b", "-w /a"]
    # Deleted by its path, or, without one, by all that it says.
    assert left("-w /a\n-w /b\n-W /a//") == ["-w /b"]
    plain = "-a always,exit -S open"
    assert left(f"{plain}\n-w /a\n-d always,exit -S open") == ["-w /a"]
    assert left(f"{plain}\n-d always,exit -S openat") == [plain]
    assert left("-A always,exit -S open\n-d always,exit -S open") == []
    assert left(f"{plain} -k one\n{plain} -k two\n-D -k on") == [f"{plain} -k two"]


def test_what_auditctl_lists_as_a_watch_may_be_silent() -> None:
    listed = [watch(path="/a"), watch(path="/b"), watch(kind="syscall", path="/a"), watch(path=None)]
    silent = [watch(path="/a/", action="never"), watch(path=None, action="never"), watch(path="/b")]
    assert [rule.action for rule in unmasked(listed, silent)] == ["never", "always", "always", "always"]


def verdict(text: str, directory: bool = False) -> t.Any:
    rules, _stop = effective_rules(parse_rules(lines_of(text, "a.rules")))
    return coverage(rules, Target(PATH, PATH, directory), lambda path: path, lambda path: path == "/etc")


@pytest.mark.parametrize(
    ("text", "directory", "scope"),
    [
        (f"-w {PATH}", False, "file"),
        (f"-w {PATH}", True, "directory"),
        (f"-a always,exit -F dir={PATH} -F perm=wa", True, "tree"),
        ("-w /etc", False, "tree"),
        ("-w /etc/", False, "tree"),
    ],
)
def test_the_evidence_names_rule_and_place(text: str, directory: bool, scope: str) -> None:
    found = verdict(f"-w /other\n{text}", directory)
    assert found.watched and found.insufficient == []
    assert found.by == [{"rule": text, "source": "a.rules", "line": 2, "scope": scope}]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"-w {PATH} -p w", "it does not record changes of attributes"),
        (f"-w {PATH} -p a", "it does not record writes"),
        (f"-w {PATH} -p rx", "it does not record writes and changes of attributes"),
        (f"-a always,exit -F arch=b64 -F path={PATH} -F perm=wa", "it does not record 32-bit system calls"),
        (f"-a always,exit -F arch=b32 -F path={PATH} -F perm=wa", "it does not record 64-bit system calls"),
        (f"-a always,exit -F path={PATH} -F uid=0 -F auid=5", "it records only some of the accesses: it is narrowed by auid, uid"),
        (f"-a always,exit -S open -F path={PATH}", "it records only the system calls that it names"),
        ("-w /etc/docker", "it watches a directory above, and nothing shows that the files below are meant"),
    ],
)  # fmt: skip
def test_why_a_rule_is_not_enough(text: str, reason: str) -> None:
    found = verdict(text)
    assert not found.watched and found.by == []
    assert [(one["rule"], one["reason"]) for one in found.insufficient] == [(text, reason)]


def test_two_halves_are_a_whole() -> None:
    for first, second in (("-p w", "-p a"), ("-p a", "-p w")):
        assert verdict(f"-w {PATH} {first}\n-w {PATH} {second}").watched
    narrow = f"-a always,exit -F arch=%s -F path={PATH} -F perm=wa"
    both = verdict(f"{narrow % 'b64'}\n{narrow % 'b32'}")
    assert both.watched and [one["line"] for one in both.by] == [2, 1]
    assert not verdict(f"{narrow % 'b64'}\n{narrow % 'b64'}").watched


def test_where_the_kernel_attaches_a_rule() -> None:
    links = {"/var/run": "/run", "/root": "/"}
    for path, place in (
        ("/var/run/x", "/run/x"),
        ("/x", "/x"),
        ("/root/x", "/x"),
        ("/", "/"),
        ("/var/run", "/var/run"),
    ):
        assert kernel_path(path, lambda name: links.get(name, name)) == place
