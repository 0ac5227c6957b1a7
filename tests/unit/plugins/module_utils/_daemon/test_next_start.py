# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With which arguments the daemon starts next: what systemd has read, environment files as they are now, init scripts."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.local_engine import local_daemon
from ansible_collections.seawall.docker.plugins.module_utils._daemon.next_start import NextStart
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon import collect as daemon
from ansible_collections.seawall.docker.tests.support.made_up_daemon import PID, Case

UNIT, DROPIN, VARIABLES = "/lib/docker.service", "/etc/systemd/system/docker.service.d/x.conf", "/etc/default/docker"
LINE = "/usr/bin/dockerd -H fd:// $DOCKER_OPTS"


def systemd(loaded: str = LINE, reload_needed: str = "no", program: str = "/usr/bin/dockerd", more: str = "") -> Case:
    """A daemon that runs with ``-H fd:// --debug``, and what systemd would start now."""
    case = Case()
    case.location = case.location._replace(manager="systemd", unit="docker.service", pid_source="systemd")
    case.host.files.update(
        {
            "/run/systemd/system": None,
            UNIT: f"[Service]\nEnvironmentFile={VARIABLES}\nExecStart={LINE}\n",
            VARIABLES: "DOCKER_OPTS=--debug\n",
        }
    )
    case.host.commands[("systemctl", "show", "docker.service")] = (
        f"FragmentPath={UNIT}\nDropInPaths={DROPIN}\nNeedDaemonReload={reload_needed}\nKillMode=process\nEnvironment=\n"
        f"EnvironmentFiles={VARIABLES} (ignore_errors=no)\n"
        f"ExecStart={{ path={program} ; argv[]={loaded} ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; "
        f"code=(null) ; status=0/0 }}\n{more}"
    )
    case.host.arguments("-H", "fd://", "--debug")
    return case


def script(variables: str, *running: str) -> Case:
    case = Case()
    case.location = case.location._replace(manager="sysvinit")
    case.host.files[VARIABLES] = variables
    case.host.arguments("-p", "/var/run/docker.pid", *running)
    return case


def coming(case: Case) -> NextStart:
    return local_daemon(case.context()).next


def changed(case: Case) -> list[tuple[str, t.Any, t.Any, str | None]] | None:
    found = coming(case).changed
    return None if found is None else [tuple(one) for one in found]


def test_a_unit_that_was_not_changed_changes_nothing() -> None:
    assert changed(systemd()) == [] and coming(systemd()).unread_unit() is None


@pytest.mark.parametrize(
    ("loaded", "dropin", "expected"),
    [
        (
            "/usr/bin/dockerd -H fd:// --debug --userns-remap=default",
            "ExecStart=\nExecStart=/usr/bin/dockerd -H fd:// --debug --userns-remap=default\n",
            [("userns-remap", None, "default", DROPIN)],
        ),
        (
            "/usr/bin/dockerd -H fd:// --icc=false",
            "ExecStart=\nExecStart=/usr/bin/dockerd -H fd:// --icc=false\n",
            [("debug", True, None, None), ("icc", None, False, DROPIN)],
        ),
        # Systemd has replaced the specifier.
        (
            "/usr/bin/dockerd -H fd:// --debug --label host=web1",
            "ExecStart=\nExecStart=/usr/bin/dockerd -H fd:// --debug --label host=%H\n",
            [("labels", None, ["host=web1"], DROPIN)],
        ),
        # Another order and another spelling are the same.
        (
            "/usr/bin/dockerd --debug=true --host fd://",
            "ExecStart=\nExecStart=/usr/bin/dockerd --debug=true --host fd://\n",
            [],
        ),
        # An option that no engine knows.
        (
            "/usr/bin/dockerd -H fd:// --debug --nonsense",
            "ExecStart=\nExecStart=/usr/bin/dockerd -H fd:// --debug --nonsense\n",
            [("", None, "the flag --nonsense is not known", None)],
        ),
    ],
)
def test_a_drop_in_that_systemd_has_read_counts_from_the_next_start_on(
    loaded: str, dropin: str, expected: list[t.Any]
) -> None:
    case = systemd(loaded)
    case.host.files[DROPIN] = f"[Service]\n{dropin}"
    assert changed(case) == expected


def test_an_environment_file_counts_as_it_is_now() -> None:
    case = systemd()
    case.host.files[VARIABLES] = "DOCKER_OPTS=--debug --data-root=/srv/docker\n"
    assert changed(case) == [("data-root", None, "/srv/docker", VARIABLES)]


def test_a_quoted_word_is_no_change() -> None:
    case = systemd("/usr/bin/dockerd -H fd:// --label a=b c")
    case.host.files[DROPIN] = '[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H fd:// --label "a=b c"\n'
    case.host.arguments("-H", "fd://", "--label", "a=b c")
    assert changed(case) == []


def test_files_that_systemd_has_not_read_are_named() -> None:
    case = systemd(reload_needed="yes")
    reason = coming(case).unread_unit()
    assert reason is not None and "docker.service" in reason and "systemctl daemon-reload" in reason


@pytest.mark.parametrize("program", ["/usr/local/bin/start-docker.sh", "/usr/bin/snap"])
def test_what_a_wrapper_adds_is_not_known(program: str) -> None:
    case = systemd(f"{program} -H fd://", program=program)
    assert changed(case) is None and program in coming(case).reason


@pytest.mark.parametrize(
    ("variables", "running", "expected"),
    [
        ('DOCKER_OPTS="--icc=false"\n', ("--icc=false",), []),
        ('DOCKER_OPTS="--icc=false"\n', (), [("icc", None, False, VARIABLES)]),
        ('DOCKER_OPTS="--label a=b"\n', ("--label", "a=b", "--label", "c=d"), []),
        ('DOCKER_OPTS="--mtu $MTU"\n', (), None),
        ("", ("--icc=false",), []),
    ],
)
def test_the_variables_of_an_init_script(variables: str, running: tuple[str, ...], expected: t.Any) -> None:
    assert changed(script(variables, *running)) == expected


def test_nobody_starts_a_daemon_without_a_service_manager() -> None:
    assert changed(Case()) is None
    assert daemon.collect(Case().context())["process"]["changed_arguments"] is None


def test_the_posture_names_what_changes_without_credentials() -> None:
    case = systemd("/usr/bin/dockerd -H fd:// --debug --http-proxy=http://a:secret@proxy:1")
    case.host.files[DROPIN] = (
        "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H fd:// --debug --http-proxy=http://a:secret@proxy:1\n"
    )
    process = daemon.collect(case.context())["process"]
    (entry,) = process["changed_arguments"]
    assert (entry["option"], entry["running"], entry["source"]) == ("http-proxy", None, DROPIN)
    assert "secret" not in str(process) and process["reload_needed"] is False and process["pid"] == PID


def test_a_unit_of_which_systemd_says_nothing_is_unread() -> None:
    case = systemd()
    case.host.commands[("systemctl", "show", "docker.service")] = f"FragmentPath={UNIT}\n"
    facts = daemon.collect(case.context())
    assert "reload_needed" not in facts["process"] and facts["unread"]["process.reload_needed"]
    assert "changed_arguments" not in facts["process"] and facts["unread"]["process.changed_arguments"]
    assert (
        coming(case).unread_unit() == "systemd does not say whether it has read the files of docker.service as they are"
    )
