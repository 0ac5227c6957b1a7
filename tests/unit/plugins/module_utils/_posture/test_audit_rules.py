# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Audit rules: read as auditctl reads them, judged as the kernel does (events seen on a Debian 12 host)."""

from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.model import CommandResult
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.auditing.collect import (
    Written,
    parse_listing,
    read_status,
    written_verdict,
)
from ansible_collections.seawall.docker.plugins.module_utils._posture.auditing.coverage import (
    Target,
    Verdict,
    coverage,
    effective_rules,
    unmasked,
    written_trees,
)
from ansible_collections.seawall.docker.plugins.module_utils._posture.auditing.rules import (
    AuditRule,
    Malformed,
    lines_of,
    merged,
    parse_rules,
)

LINKS = {"/var/run": "/run", "/lib": "/usr/lib", "/lib/systemd/system": "/usr/lib/systemd/system"}
DIRECTORIES = ("/etc/docker", "/var/lib/docker", "/run/containerd", "/usr/bin", "/etc", "/var/lib/link", "/")


def judge(text: str, path: str, real_path: str = "", directory: bool = False) -> Verdict:
    rules, _stop = effective_rules(parse_rules(lines_of(text, "test.rules")))
    target = Target(path, real_path or path, directory)
    return coverage(rules, target, lambda name: LINKS.get(name, name), lambda name: name in DIRECTORIES)


SHIM = "/usr/bin/containerd-shim"
JSON = "/etc/docker/daemon.json"


@pytest.mark.parametrize(
    ("rules", "path", "watched"),
    [
        ("-w /usr/bin/dockerd -k docker", "/usr/bin/dockerd", True),
        ("-w /usr/bin/dockerd -p wa -k docker", "/usr/bin/dockerd", True),
        ("-w/usr/bin/dockerd -pwa", "/usr/bin/dockerd", True),
        ("  -w /usr/bin/dockerd  -p  WA", "/usr/bin/dockerd", True),
        # The mistake of matching text: a longer name, a file of a directory, a comment, a key, another option's value.
        (f"-w {SHIM}-runc-v2 -k docker", SHIM, False),
        (f"-w {SHIM} -k docker", f"{SHIM}-runc-v2", False),
        (f"-w {SHIM}-runc-v2 -k docker", "/usr/bin/containerd", False),
        (f"# -w {JSON} -p wa", JSON, False),
        (f"-w /etc/passwd -p wa -k {JSON}", JSON, False),
        # Trees cover what is below, files only themselves.
        ("-w /etc/docker -p wa", JSON, True),
        ("-w /etc/docker/ -p wa", JSON, True),
        ("-w /etc -p wa", JSON, True),
        ("-w /etc/dock -p wa", JSON, False),
        ("-a always,exit -F dir=/etc/docker -F perm=wa -k docker", JSON, True),
        ("-a exit,always -F dir=/ -F perm=wa", JSON, True),
        ("-a always,exit -F path=/etc/docker -F perm=wa", JSON, False),
        # Forms of the list rule.
        (f"-a always,exit -F path={JSON} -F perm=wa", JSON, True),
        (f"-a always,exit -S all -F path={JSON} -F key=x", JSON, True),
        (f"-a always,exit -F path={JSON} -F perm=war -k docker", JSON, True),
        # What is not recorded.
        (f"-w {JSON} -p r", JSON, False),
        (f"-w {JSON} -p x", JSON, False),
        (f"-w {JSON} -p w", JSON, False),
        (f"-w {JSON} -p w\n-w {JSON} -p a", JSON, True),
        (f"-a always,exit -F path={JSON} -F perm=wa -F auid>=1000 -F auid!=unset", JSON, False),
        (f"-a always,exit -S open -F path={JSON} -F perm=wa", JSON, False),
        (f"-a always,exit -F arch=b64 -F path={JSON} -F perm=wa", JSON, False),
        (
            (
                f"-a always,exit -F arch=b64 -F path={JSON} -F perm=wa\n"
                f"-a always,exit -F arch=b32 -F path={JSON} -F perm=wa"
            ),
            JSON,
            True,
        ),
        (f"-a always,user -F path={JSON}", JSON, False),
        # Rules that keep others silent.
        (f"-a never,task\n-w {JSON} -p wa", JSON, False),
        (f"-w {JSON} -p wa\n-a task,never", JSON, False),
        (f"-a never,exit -F path={JSON}\n-w {JSON} -p wa", JSON, False),
        (f"-w {JSON} -p wa\n-a never,exit -F path={JSON}", JSON, True),
        (f"-w {JSON} -p wa\n-A never,exit -F dir=/etc/docker", JSON, False),
        (f"-a never,exit -F uid=0\n-w {JSON} -p wa", JSON, False),
        (f"-a never,exit -F exe=/usr/sbin/vmtoolsd\n-w {JSON} -p wa", JSON, True),
        (f"-a never,exit -F arch=b64 -S adjtimex -F uid=chrony\n-w {JSON} -p wa", JSON, True),
        (f"-a never,exclude -F msgtype=CWD\n-w {JSON} -p wa", JSON, True),
        # Deleted, refused, locked.
        (f"-w {JSON} -p wa\n-D", JSON, False),
        (f"-D\n-w {JSON} -p wa", JSON, True),
        (f"-w {JSON} -p wa -k docker\n-D -k docker", JSON, False),
        (f"-w {JSON} -p wa -k docker\n-D -k other", JSON, True),
        (f"-w {JSON} -p wa\n-W {JSON} -p wa", JSON, False),
        (f"-z\n-w {JSON} -p wa", JSON, False),
        (f"-i\n-z\n-w {JSON} -p wa", JSON, True),
        (f"-c\n-z\n-w {JSON} -p wa", JSON, True),
        (f"-e 2\n-w {JSON} -p wa", JSON, False),
        (f"-w {JSON} -p wa\n-e 2", JSON, True),
        (f"-F path={JSON} -a always,exit", JSON, False),
        (f'-w "{JSON}" -p wa', JSON, False),
        (f"-w\t{JSON} -p wa", JSON, False),
        (f"-w {JSON} -p wa\r", JSON, False),
        # Links on the way are followed.
        ("-w /var/run/docker.sock -p wa", "/run/docker.sock", True),
        ("-w /lib/systemd/system/docker.service -p wa", "/usr/lib/systemd/system/docker.service", True),
        ("", JSON, False),
    ],
)
def test_only_a_rule_that_records_the_path_counts(rules: str, path: str, watched: bool) -> None:
    verdict = judge(rules, path)

    assert verdict.watched is watched
    assert bool(verdict.by) is watched


def test_a_watch_of_a_link_does_not_see_the_file_behind_it() -> None:
    verdict = judge("-w /usr/bin/runc -p wa", "/usr/bin/runc", "/opt/runc")

    assert not verdict.watched
    assert verdict.insufficient[0]["reason"] == "it watches the symbolic link, not the file behind it"


def test_a_tree_through_a_link_is_no_tree_of_its_target() -> None:
    assert not judge("-w /var/lib/link -p wa", "/var/lib/link", "/data/docker", True).watched


@pytest.mark.parametrize(
    ("rule", "scope"),
    [("-w /var/lib/docker -p wa", "tree"), ("-a always,exit -F path=/var/lib/docker -F perm=wa", "directory")],
)
def test_how_much_of_a_directory_is_watched_is_said(rule: str, scope: str) -> None:
    verdict = judge(rule, "/var/lib/docker", directory=True)

    assert verdict.watched
    assert verdict.by[0]["scope"] == scope


def test_an_escaped_space_belongs_to_the_path() -> None:
    (rule,) = parse_rules(lines_of("-w /srv/my\\ data -p wa -k a\\\\b", "x"))

    assert isinstance(rule, AuditRule)
    assert (rule.path, rule.keys) == ("/srv/my data", ("a\\b",))


@pytest.mark.parametrize(
    "line",
    [
        "-w relative",
        "-w",
        "-a always",
        "-a always,nowhere",
        "-w /x -p q",
        "-w /x -p rwxar",
        "-k x",
        "-w /x stray",
        "--what",
        "-e 3",
        "-w /x -a always,exit",
        "-R /x",
    ],
)
def test_a_line_that_auditctl_refuses_is_malformed_with_its_place(line: str) -> None:
    (entry,) = parse_rules(lines_of(f"{line}", "file"))

    assert isinstance(entry, Malformed)
    assert (entry.source, entry.line) == ("file", 1)


def test_files_of_rules_d_become_one_list_as_augenrules_makes_it() -> None:
    files = [("a.rules", "-e 2\n-w /a -p wa\n"), ("b.rules", "-D\n-b 8192\n-w /b"), ("c.rules", " -p wa\n-w /c\n")]

    texts = [line[2] for line in merged(files)]

    assert texts == ["-D", "-w /a -p wa", "-w /b -p wa", "-w /c", "-e 2"]


def test_rules_of_a_generated_file_do_not_count_beside_their_sources() -> None:
    own = parse_rules(lines_of("-w /a -p wa", "rules.d"))
    generated = parse_rules(lines_of("-w /a -p wa\n-w /b -p wa", "audit.rules"))

    def watched(path: str, file_is_generated: bool) -> bool | None:
        written = Written(own, generated, file_is_generated)
        return written_verdict(
            written, lambda rules: coverage(rules, Target(path, path, False), str, lambda _path: False)
        )[0]

    assert watched("/b", True) is False
    assert watched("/b", False) is None
    assert watched("/a", False) is True


@pytest.mark.parametrize(
    ("said", "hinted"),
    [
        ("Error sending rule list request (Operation not permitted)", True),
        ("Error sending status request (Connection refused)", True),
        ("You must be root to run this program.", False),
    ],
)
def test_auditctl_that_is_not_answered_hints_at_the_machine_below(said: str, hinted: bool) -> None:
    host = types.SimpleNamespace(run=lambda *_words: CommandResult(1, "", f"{said}\nmore"))
    with pytest.raises(Unread) as caught:
        read_status(t.cast(t.Any, types.SimpleNamespace(host=host)))
    assert caught.value.reason.startswith(f"auditctl -s failed: {said}") and "more" not in caught.value.reason
    assert ("look at the machine on which it runs" in caught.value.reason) is hinted


def test_a_listing_without_rules_is_an_answer_and_silence_is_none() -> None:
    assert parse_listing("No rules\n") == []
    for output in ("", "\n", "NLMSG_ERROR 1 (Operation not permitted)\n"):
        with pytest.raises(Unread):
            parse_listing(output)


@pytest.mark.parametrize(
    ("written", "watched"),
    [
        ("-w /run/containerd -p wa", True),
        ("-w /run/containerd/ -p wa", True),
        ("-a always,exit -F dir=/run/containerd -F perm=wa", True),
        ("-a always,exit -F path=/run/containerd -F perm=wa", False),
        ("-w /run/containerd -p wa\n-a always,exit -F path=/run/containerd -F perm=wa", False),
        ("", False),
    ],
)
def test_a_loaded_watch_of_a_directory_covers_what_is_below_only_where_that_is_written(
    written: str, watched: bool
) -> None:
    rules, _stop = effective_rules(parse_rules(lines_of(written, "rules.d")))
    trees = written_trees(rules, lambda name: name in DIRECTORIES)
    (listed,) = parse_listing("-w /run/containerd -p wa\n")
    assert isinstance(listed, AuditRule)

    socket = Target("/run/containerd/containerd.sock", "/run/containerd/containerd.sock", False)
    below = coverage([listed], socket, str, trees.__contains__)
    itself = coverage([listed], Target("/run/containerd", "/run/containerd", True), str, trees.__contains__)

    assert below.watched is watched
    assert bool(below.insufficient) is not watched
    assert itself.watched


def test_a_rule_that_silences_is_no_watch_although_auditctl_lists_it_as_one() -> None:
    written, _stop = effective_rules(parse_rules(lines_of(f"-a never,exit -F path={JSON} -F perm=wa", "rules.d")))
    (listed,) = parse_listing(f"-w {JSON} -p wa\n")
    assert isinstance(listed, AuditRule)

    rules = unmasked([listed], written)

    assert not coverage(rules, Target(JSON, JSON, False), str, lambda _path: False).watched
