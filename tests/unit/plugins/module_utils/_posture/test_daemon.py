# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon's section of the posture, where a wrong word would be a wrong verdict."""

from __future__ import annotations

import json
import time

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon import collect as daemon
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon.listeners import parse_host
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon.masking import masked
from ansible_collections.seawall.docker.plugins.module_utils._posture.files import collect as files
from ansible_collections.seawall.docker.plugins.module_utils._posture.files import places
from ansible_collections.seawall.docker.tests.support.made_up_daemon import (
    CONFIG,
    PID,
    SOCKET,
    STARTED,
    Case,
)

SECRET = "hunter2"
REMAPPED = {"SecurityOptions": ["name=seccomp,profile=builtin", "name=userns"]}


@pytest.fixture
def case():
    return Case()


def value(facts, key):
    """The value of an option; where there is none, the reason must be there."""
    entry = facts["options"][key]
    if "value" not in entry:
        assert facts["unread"][f"options.{key}.value"]
        return "unread"
    assert f"options.{key}.value" not in facts["unread"]
    return entry["value"]


def test_defaults_where_nothing_is_written(case):
    facts = daemon.collect(case.context())
    assert value(facts, "userland-proxy") is True
    assert value(facts, "ip6tables") is False
    assert facts["options"]["icc"] == {"value": True, "origin": {"kind": "default", "source": None}}
    assert facts["config_file"]["state"] == "absent"
    assert facts["process"] == {
        "pid": PID, "source": "pid_file", "manager": "none", "unit": None, "unit_files": [], "socket_unit": None,
        "socket_unit_files": [], "user_id": 0, "started_at": "2023-11-14T22:13:20Z", "identity": "812/1000", "agreement": True,
        "kill_mode": None, "stop_kills_shims": False, "reload_needed": None, "changed_arguments": None,
        "dependent_units": None,
    }  # fmt: skip
    assert "process.limits" in facts["unread"]
    assert facts["info"]["insecure_registries"] == []
    assert facts["differences"] == []


@pytest.mark.parametrize(("version", "expected"), [("26.1.5", False), ("27.0.1", True), ("28.5.2+dfsg4", True)])
def test_defaults_follow_the_version(case, version, expected):
    case.engine_version(version)
    assert value(daemon.collect(case.context()), "ip6tables") is expected


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (-0.1, True),
        (61, False),
        (3600, False),
    ],
)
def test_a_file_newer_than_the_daemon_decides_nothing(case, change, told):
    case.host.files[CONFIG] = '{"userland-proxy": false, "live-restore": true}'
    case.host.changed[CONFIG] = STARTED + change
    case.info["LiveRestoreEnabled"] = told
    facts = daemon.collect(case.context())
    assert facts["config_file"]["newer_than_daemon"] is not told
    assert value(facts, "userland-proxy") == (False if told else "unread")
    assert value(facts, "log-level") == ("info" if told else "unread")
    assert value(facts, "iptables") is True  # a flag
    assert value(facts, "live-restore") is told  # the API shows it
    assert [entry["option"] for entry in facts["differences"]] == ([] if told else ["live-restore"])


PID_FILE = "/run/docker.pid"


@pytest.mark.parametrize(
    ("change", "pid_file", "newer"),
    [
        (-0.02, 0.4, False),
        # Within the grain of the clock, and between the start and the pid file, the daemon may have read either content.
        (0.0, 0.4, None),
        (0.2, 0.4, None),
        (0.4, 0.4, None),
        (0.5, 0.4, True),
        # Nothing shows when the daemon had read its files.
        (0.5, None, None),
        (30.0, None, None),
        # The clock was set forward by 2000 seconds since: the file was changed after the start, by the old clock.
        (-1990.0, -2000.0, True),
        (-2010.0, -2000.0, None),
        (-2100.0, -2000.0, False),
        # The clock was set back since: what the daemon read looks new.
        (1800.0, 2000.0, None),
    ],
)
def test_a_file_that_was_changed_while_the_daemon_started_decides_nothing(case, change, pid_file, newer):
    case.host.files[CONFIG] = '{"userland-proxy": false, "icc": false}'
    case.host.changed[CONFIG] = STARTED + change
    if pid_file is not None:
        case.host.files[PID_FILE] = f"{PID}"
        case.host.changed[PID_FILE] = STARTED + pid_file
    facts = daemon.collect(case.context())
    assert facts["config_file"].get("newer_than_daemon") is newer
    assert ("config_file.newer_than_daemon" in facts["unread"]) is (newer is None)
    assert value(facts, "userland-proxy") == (False if newer is False else "unread")
    assert value(facts, "log-level") == ("info" if newer is False else "unread")


@pytest.mark.parametrize(
    ("booted", "known"),
    [(0.0, True), (0.99, True), (-0.5, False), (1.5, False), (3600.0, False), (-3600.0, False)],
)
def test_two_start_times_that_contradict_each_other_decide_nothing(case, booted, known):
    case.host.files[CONFIG] = '{"userland-proxy": false}'
    case.host.changed[CONFIG] = STARTED - 0.5
    case.host.now = case.host.now._replace(uptime=case.host.now.uptime - booted)
    facts = daemon.collect(case.context())
    assert value(facts, "userland-proxy") == (False if known else "unread")


@pytest.mark.parametrize(("change", "known"), [(-0.02, True), (0.0, False), (0.3, False), (0.9, False)])
def test_a_profile_and_a_socket_unit_that_were_changed_within_the_second_of_the_start_decide_nothing(
    case, change, known
):
    systemd(case)
    case.host.arguments("--seccomp-profile=/etc/docker/seccomp.json", "-H", "fd://")
    case.info["SecurityOptions"] = ["name=seccomp,profile=/etc/docker/seccomp.json"]
    case.host.files["/etc/docker/seccomp.json"] = '{"defaultAction": "SCMP_ACT_ALLOW"}'
    for path in ("/etc/docker/seccomp.json", "/lib/docker.socket"):
        case.host.changed[path] = STARTED + change
    facts = daemon.collect(case.context())
    for key in ("seccomp_profile", "listeners"):
        assert (key in facts) is known
        assert known or "changed after the daemon started" in facts["unread"][key]


@pytest.mark.parametrize(("removed", "known"), [(-0.02, True), (0.0, False), (0.9, False)])
def test_a_file_that_was_removed_within_the_second_of_the_start(case, removed, known):
    case.host.changed["/etc/docker"] = STARTED + removed
    assert value(daemon.collect(case.context()), "userland-proxy") == (True if known else "unread")


def test_a_change_that_a_run_left_unfinished(case):
    case.host.files[CONFIG] = '{"userland-proxy": false, "labels": ["a=secret"], "debug": true}'
    case.host.changed[CONFIG] = STARTED + 60
    note = config_records.Note(
        CONFIG,
        "/etc/docker/copy",
        True,
        "h0",
        config_records.fingerprint(case.host.files[CONFIG].encode()),
        "restart",
        ["icc", "labels", "userland-proxy"],
        config_records.identity_in(PID, case.host.files[f"/proc/{PID}/stat"]),
    )
    case.host.files[config_records.DIRECTORY] = None
    case.host.files[config_records.name_for(CONFIG, config_records.NOTE)] = json.dumps(note._asdict())
    file = daemon.collect(case.context())["config_file"]
    assert file["unfinished"] == note.keys
    assert file["unfinished_change"] == {
        "needs": "restart",
        "backup_file": "/etc/docker/copy",
        "restorable": True,
        "options": {"labels": ["a=***"], "userland-proxy": False},
    }


@pytest.mark.parametrize(
    "content",
    ['{"userland-proxy": false', '{"userland-proxy": false, "foo": 1}', '{"userland-proxy": false, "iptables": true}',
     Unread("not permitted to read it", "denied")],
)  # fmt: skip
def test_a_file_that_no_daemon_starts_with_decides_nothing(case, content):
    case.host.files[CONFIG] = content
    facts = daemon.collect(case.context())
    assert value(facts, "userland-proxy") == "unread"
    assert value(facts, "log-level") == "unread"
    assert value(facts, "iptables") is True


def test_an_unreadable_file(case):
    case.host.files[CONFIG] = Unread(f"not permitted to read {CONFIG}, which needs root", "denied")
    facts = daemon.collect(case.context())
    assert facts["config_file"]["state"] == "unreadable"
    assert "keys" not in facts["config_file"] and "config_file.keys" in facts["unread"]


def test_a_file_that_was_removed_since(case):
    case.host.changed["/etc/docker"] = STARTED + 60
    assert value(daemon.collect(case.context()), "userland-proxy") == "unread"


def test_a_directory_that_is_gone(case):
    del case.host.files["/etc/docker"]
    case.host.files["/etc"] = None
    assert value(daemon.collect(case.context()), "userland-proxy") is True
    case.host.changed["/etc"] = STARTED + 60
    assert value(daemon.collect(case.context()), "userland-proxy") == "unread"


def test_the_daemons_own_key_is_no_change(case):
    case.host.files["/etc/docker/key.json"] = ""
    case.host.changed.update({"/etc/docker": STARTED + 2, "/etc/docker/key.json": STARTED + 2})
    assert value(daemon.collect(case.context()), "userland-proxy") is True
    case.host.changed.update({"/etc/docker": STARTED + 900, "/etc/docker/key.json": STARTED + 900})
    assert value(daemon.collect(case.context()), "userland-proxy") == "unread"


def test_a_named_file_that_is_gone(case):
    case.host.arguments("--config-file", "/srv/d.json")
    facts = daemon.collect(case.context())
    assert facts["config_file"]["path"] == "/srv/d.json"
    assert value(facts, "userland-proxy") == "unread"


@pytest.mark.parametrize(
    "field",
    ["LiveRestoreEnabled", "Debug", "SecurityOptions", "RegistryConfig", "Plugins", "DriverStatus", "Swarm", "Warnings",
     "Images", "CgroupVersion", "LoggingDriver", "MemoryLimit", "Containers", "Runtimes", "ExperimentalBuild"],
)  # fmt: skip
@pytest.mark.parametrize("damage", ["missing", "other type"])
def test_a_field_that_is_missing_is_never_a_default(case, field, damage):
    whole = daemon.collect(case.context())
    case = Case()
    if damage == "missing":
        del case.info[field]
    else:
        case.info[field] = {"a": 1} if field in ("SecurityOptions", "Warnings", "DriverStatus") else ["x"]
    if damage == "other type" and field == "DriverStatus":
        case.info[field] = None
    facts = daemon.collect(case.context())
    lost = set(whole["info"]) - set(facts["info"])
    assert lost
    for key in lost:
        assert field.split(".")[0] in facts["unread"][f"info.{key}"]
    assert {key: facts["info"][key] for key in facts["info"]} == {key: whole["info"][key] for key in facts["info"]}


@pytest.mark.parametrize(
    ("options", "version", "expected"),
    [
        (["name=seccomp,profile=default"], "20.10.24", {"seccomp": "default"}),
        (["name=seccomp,profile=builtin"], "26.1.5", {"seccomp": "builtin", "no_new_privileges": False}),
        (["name=seccomp,profile=/x.json"], "26.1.5", {"seccomp": "/x.json"}),
        (["name=seccomp,profile=unconfined"], "26.1.5", {"seccomp": "unconfined"}),
        (None, "26.1.5", {"seccomp": None, "apparmor": False}),
        (["name=userns", "name=rootless"], "26.1.5", {"userns": True, "rootless": True, "selinux": False}),
        (["name=selinux"], "26.1.5", {"userns": False, "rootless": False, "selinux": True}),
        (["name=no-new-privileges"], "26.1.5", {"no_new_privileges": True}),
    ],
)  # fmt: skip
def test_security_options(case, options, version, expected):
    case.engine_version(version)
    case.info["SecurityOptions"] = options
    found = daemon.collect(case.context())["info"]["security_options"]
    assert {key: found[key] for key in expected} == expected
    assert ("no_new_privileges" in found) == (not version.startswith("20"))


@pytest.mark.parametrize(
    ("arguments", "content", "info", "key", "expected"),
    [
        # The rows of daemon options that substring searches get wrong.
        (["--live-restore=false"], None, {}, "live-restore", False),
        (["--label=--icc=false"], None, {}, "icc", True),
        (["--no-new-privileges=false"], None, {}, "no-new-privileges", False),
        ([], '{"tlsverify": true}', {}, "tlsverify", True),
        ([], '{"cgroup-parent": "/x"}', {}, "cgroup-parent", "/x"),
        (["--log-level=debug"], None, {}, "log-level", "debug"),
        ([], '{"debug": true}', {"Debug": True}, "debug", True),
        (["--cgroup-parent=x.slice"], None, {}, "cgroup-parent", "x.slice"),
        ([], '{"insecure-registry": ["a"]}', {}, "insecure-registries", []),
        ([], '{"foo": {"userland-proxy": false}}', {}, "userland-proxy", False),
        # Written, and without effect by definition.
        ([], '{"userns-remap": "root"}', {}, "userns-remap", "root"),
        # What the API shows stands.
        ([], '{"live-restore": true}', {"LiveRestoreEnabled": False}, "live-restore", False),
        ([], '{"userns-remap": "default"}', {}, "userns-remap", ""),
        ([], '{"userns-remap": "default"}', {"SecurityOptions": ["name=userns"]}, "userns-remap", "default"),
        ([], None, {"SecurityOptions": ["name=userns"]}, "userns-remap", "unread"),
        (["--data-root=/d"], None, {"DockerRootDir": "/d/100000.100000", **REMAPPED}, "data-root", "/d"),
        # A data root of any name, and no remapping.
        (["--data-root=/d/24.0"], None, {"DockerRootDir": "/d/24.0"}, "data-root", "/d/24.0"),
        (["--data-root=/d/0.0"], None, {"DockerRootDir": "/d/0.0/"}, "data-root", "/d/0.0/"),
        (["--data-root=/d/24.0"], None, {"DockerRootDir": "/d/24.0/5.6", **REMAPPED}, "data-root", "/d/24.0"),
        (["--data-root=/d"], None, {"DockerRootDir": "/d/24.0", "SecurityOptions": 7}, "data-root", "/d"),
    ],
)
def test_running_values(case, arguments, content, info, key, expected):
    case.host.arguments(*arguments)
    if content is not None:
        case.host.files[CONFIG] = content
    case.info.update(info)
    assert value(daemon.collect(case.context()), key) == ("" if expected == "root" else expected)


@pytest.mark.parametrize(
    ("root", "options", "configured"),
    [
        ("/var/lib/docker/100000.100000", ["name=userns"], "/var/lib/docker"),
        ("/var/lib/docker/100000.100000", ["name=seccomp,profile=builtin", "name=userns"], "/var/lib/docker"),
        # A directory may be called so without user namespaces.
        ("/var/lib/docker/100000.100000", ["name=seccomp,profile=builtin"], "/var/lib/docker/100000.100000"),
        ("/var/lib/docker/24.0", [], "/var/lib/docker/24.0"),
        ("/var/lib/docker/24.0/100000.100000", ["name=userns"], "/var/lib/docker/24.0"),
        ("/var/lib/docker", ["name=userns"], "/var/lib/docker"),
        # Nobody says whether it remaps.
        ("/var/lib/docker/24.0", None, None),
        ("/var/lib/docker", None, "/var/lib/docker"),
    ],
)
def test_only_the_engine_says_whether_its_data_root_is_that_of_a_mapping(case, root, options, configured):
    case.info.update(DockerRootDir=root, SecurityOptions=options)
    if options is None:
        del case.info["SecurityOptions"]
    case.host.arguments(f"--data-root={configured or root}")
    context = case.context()
    assert not [one for one in daemon.collect(context)["differences"] if one["option"] == "data-root"]
    if configured is None:
        with pytest.raises(Unread, match="SecurityOptions"):
            places.data_root(context)
    else:
        assert places.data_root(context) == configured


def test_differences(case):
    case.host.files[CONFIG] = '{"live-restore": true, "selinux-enabled": true, "insecure-registries": ["http://r:1"]}'
    facts = daemon.collect(case.context())
    assert {(e["option"], e["effective"]) for e in facts["differences"] if e["option"] != "insecure-registries"} == {
        ("live-restore", False),
        ("selinux-enabled", False),
    }
    assert facts["differences"][0]["origin"] == {"kind": "daemon.json", "source": CONFIG}


@pytest.mark.parametrize(
    ("arguments", "content", "enabled", "verify"),
    [
        ([], None, False, False),
        (["--tls"], None, True, True),
        (["--tlsverify"], None, True, True),
        (["--tlsverify=false"], None, True, False),
        (["--tls", "--tlsverify=false"], None, True, False),
        (["--tls=false"], None, False, False),
        ([], '{"tls": true}', True, True),
        ([], '{"tlsverify": false}', True, False),
        ([], '{"tls": false, "tlsverify": true}', True, True),
        ([], '{"tls": true, "tlsverify": false}', True, False),
    ],
)
def test_tls(case, arguments, content, enabled, verify):
    case.host.arguments(*arguments)
    if content is not None:
        case.host.files[CONFIG] = content
    facts = daemon.collect(case.context())
    assert (facts["tls"]["enabled"], facts["tls"]["verify"]) == (enabled, verify)
    assert (value(facts, "tls"), value(facts, "tlsverify")) == (enabled, verify)


@pytest.mark.parametrize(
    ("text", "tls", "address"),
    [
        ("", False, "unix:///var/run/docker.sock"),
        ("", True, "tcp://localhost:2376"),
        ("unix://", False, "unix:///var/run/docker.sock"),
        ("tcp://", False, "tcp://localhost:2375"),
        ("tcp://:2376", True, "tcp://localhost:2376"),
        ("tcp://0.0.0.0", False, "tcp://0.0.0.0:2375"),
        ("0.0.0.0:1", False, "tcp://0.0.0.0:1"),
        ("tcp://[::]:2375", False, "tcp://[::]:2375"),
        ("fd://", False, "fd://"),
    ],
)
def test_hosts_as_the_engine_reads_them(text, tls, address):
    assert parse_host(text, tls)["address"] == address


def test_sockets_by_the_kernel(case):
    case.host.files[f"/proc/{PID}/net/tcp"] = (
        "header\n"
        "   0: 0100007F:0947 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 778 1\n"
        "   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 999 1\n"
        "   2: 0100007F:0948 00000000:0000 01 00000000:00000000 00:00000000 00000000     0        0 778 1\n"
    )
    case.host.files[f"/proc/{PID}/net/tcp6"] = (
        "header\n"
        "   0: 00000000000000000000000000000000:0948 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 779 1\n"
    )
    case.host.links[f"/proc/{PID}/fd/4"] = "socket:[778]"
    case.host.links[f"/proc/{PID}/fd/5"] = "socket:[779]"
    found = daemon.collect(case.context())["listening_sockets"]
    assert [(e["protocol"], e["address"], e["port"], e["path"]) for e in found] == [
        ("tcp", "127.0.0.1", 2375, None),
        ("tcp6", "::", 2376, None),
        ("unix", None, None, "/var/run/docker.sock"),
    ]


def test_a_pid_file_that_names_another_daemon(case):
    """The one that answers is audited, not the one that a file names."""
    case.host.files.update({f"/proc/{PID}9/cmdline": "dockerd\0--icc=false\0"})
    case.host.runs_dockerd(int(f"{PID}9"))
    case.peer = int(f"{PID}9")
    facts = daemon.collect(case.context())
    assert (facts["process"]["pid"], facts["process"]["agreement"]) == (int(f"{PID}9"), False)
    assert facts["process"]["unit"] is None
    assert value(facts, "userland-proxy") == "unread"  # when it started is not known


def test_a_process_that_does_not_hold_the_socket(case):
    case.peer = 1  # systemd, or a proxy
    del case.host.links[f"/proc/{PID}/fd/3"]
    facts = daemon.collect(case.context())
    assert "process" not in facts
    assert value(facts, "userland-proxy") == "unread"
    assert facts["info"]["driver"] == "overlay2"
    assert "config_file" in facts["unread"]


def test_a_program_of_roots_that_serves_the_socket_is_no_daemon(case):
    """The host's own daemon still listens at the same path, where nobody reaches it."""
    case.peer = 77
    case.host.files["/proc/77/status"] = "Uid:\t0\t0\t0\t0\n"
    case.host.links["/proc/77/exe"] = "/usr/bin/socat"
    context = case.context()
    facts = daemon.collect(context)
    assert "process 77 runs another program (/usr/bin/socat)" in facts["unread"]["process"]
    assert facts["info"]["driver"] == "overlay2"
    with pytest.raises(Unread, match="served by a process that is no Docker daemon here"):
        files.collect(context)
    # Nor is one that cannot be seen at all.
    case.peer = 0
    assert not case.context().local


def test_a_socket_that_systemd_opened_anew_is_not_the_one_that_the_daemon_still_holds(case):
    case.peer = 1
    table = f"/proc/{PID}/net/unix"
    case.host.files[table] += f"0: 00000002 00000000 00010000 0001 01 778 {SOCKET}\n"
    case.host.files["/proc/self/net/unix"] = case.host.files[table]
    case.host.links["/proc/1/fd/9"] = "socket:[778]"
    assert not case.context().local
    case.host.links["/proc/1/fd/9"] = "socket:[777]"
    assert case.context().local


@pytest.mark.parametrize("own", [f"/docker/{'c' * 64}", f"/system.slice/docker-{'c' * 64}.scope"])
def test_a_daemon_in_a_container_is_none_of_the_host(case, own):
    """It can run the host's own program, in the host's process namespace."""
    case.host.files[f"/proc/{PID}/cgroup"] = f"0::{own}\n"
    case.host.files["/proc/1/cgroup"] = "0::/init.scope\n"
    assert not case.context().local
    # A host that is itself a container: all of its processes carry that id.
    case.host.files[f"/proc/{PID}/cgroup"] = f"0::{own}/system.slice/docker.service\n"
    case.host.files["/proc/1/cgroup"] = f"0::{own}/init.scope\n"
    assert case.context().local
    case.host.links[f"/proc/{PID}/ns/pid"] = "another"
    assert not case.context().local


def systemd(case, socket="[Socket]\nListenStream=/run/docker.sock\n"):
    case.location = case.location._replace(manager="systemd", unit="docker.service", pid_source="systemd")
    case.peer = 1
    case.host.files.update(
        {
            "/run/systemd/system": None,
            "/lib/docker.service": (
                "[Service]\nEnvironmentFile=/etc/default/%p\nExecStart=/usr/bin/dockerd -H fd:// $DOCKER_OPTS\n"
            ),
            "/lib/docker.socket": socket,
            "/etc/default/docker": "DOCKER_OPTS=--icc=false\n",
        }
    )
    case.host.commands = {
        ("systemctl", "show", "docker.service"): (
            "FragmentPath=/lib/docker.service\nTriggeredBy=docker.socket\n"
            "EnvironmentFiles=/etc/default/docker (ignore_errors=no)\n"
        ),
        ("systemctl", "show", "docker.socket"): "FragmentPath=/lib/docker.socket\n",
    }
    case.host.arguments("-H", "fd://", "--icc=false")


def test_systemd_says_who_set_what(case):
    systemd(case)
    case.answers["/networks/bridge"]["Options"]["com.docker.network.bridge.enable_icc"] = "false"
    case.host.files[CONFIG] = '{"hosts": ["unix:///x"]}'
    case.host.changed[CONFIG] = STARTED + 60
    facts = daemon.collect(case.context())
    assert facts["options"]["icc"]["origin"] == {"kind": "environment_file", "source": "/etc/default/docker"}
    assert facts["options"]["hosts"]["origin"] == {"kind": "systemd_unit", "source": "/lib/docker.service"}
    assert facts["config_file"]["conflicts"] == [{"key": "hosts", "flag": "-H", "set_by": "/lib/docker.service"}]
    assert [entry["address"] for entry in facts["listeners"]] == ["unix:///run/docker.sock"]
    assert facts["listeners"][0]["origin"] == {"kind": "socket_unit", "source": "/lib/docker.socket"}


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        (
            "Max processes 1 2 processes\nMax open files            1024                 524288               files\n",
            (1024, 524288),
        ),
        ("Max open files            1024                 unlimited            files\n", (1024, None)),
        ("Max processes 1 2 processes\n", None),
    ],
)
def test_how_many_files_the_daemon_may_open(case, text, limits):
    case.host.files[f"/proc/{PID}/limits"] = text
    facts = daemon.collect(case.context())
    if limits is None:
        assert "limits" not in facts["process"] and "how many files" in facts["unread"]["process.limits"]
    else:
        assert facts["process"]["limits"] == {"nofile": dict(zip(("soft", "hard"), limits))}


@pytest.mark.parametrize(
    ("answer", "time"),
    [
        ("2026-11-25T18:01:02.180724444Z", "2026-11-25T18:01:02Z"),
        ("2026-11-25T19:01:02.1+01:00", "2026-11-25T18:01:02Z"),
        ("2026-11-25T18:01:02Z", "2026-11-25T18:01:02Z"),
        ("0001-01-01T00:00:00+23:59", None),
        ("2026-13-45T18:01:02Z", None),
        ("", None),
        (7, None),
    ],
)
def test_the_engine_says_what_time_it_is(case, answer, time):
    case.answers["/info"]["SystemTime"] = answer
    facts = daemon.collect(case.context())
    assert facts["info"].get("system_time") == time
    assert ("info.system_time" in facts["unread"]) is (time is None)


class TestWhatAStopEnds:
    SHIM, FIRST = 4000, 4001

    def facts(self, case, mode, shims="/system.slice/docker.service", hidden=False):
        systemd(case)
        case.location = case.location._replace(pid=PID)
        case.peer = PID
        case.host.commands[("systemctl", "show", "docker.service")] += f"KillMode={mode}\n" if mode is not None else ""
        files = case.host.files
        files[f"/proc/{PID}/cgroup"] = "2:cpu:/\n1:name=systemd:/system.slice/docker.service\n0::/\n"
        files[f"/proc/{self.FIRST}/status"] = f"Name:\tsleep\nPPid:\t{self.SHIM}\n"
        files[f"/proc/{self.SHIM}/cgroup"] = Unread("hidden", "denied") if hidden else f"1:name=systemd:{shims}\n"
        context = case.context()
        context.once(
            "containers", lambda: [{"Id": "a", "State": {"Pid": self.FIRST}}, {"Id": "b", "State": {"Pid": 0}}]
        )
        return daemon.collect(context)

    @pytest.mark.parametrize(
        ("mode", "shims", "killed"),
        [
            ("process", "/system.slice/docker.service", False),
            ("none", "/system.slice/docker.service", False),
            ("control-group", "/system.slice/docker.service", True),
            ("mixed", "/system.slice/docker.service/shims", True),
            ("mixed", "/system.slice/containerd.service", False),
            ("control-group", "/system.slice/docker.service.d", False),
        ],
    )
    def test_shims_in_the_group_of_the_service_end_with_it(self, case, mode, shims, killed):
        process = self.facts(case, mode, shims)["process"]
        assert (process["kill_mode"], process["stop_kills_shims"]) == (mode, killed)

    @pytest.mark.parametrize(("mode", "hidden"), [(None, False), ("", False), ("mixed", True)])
    def test_what_cannot_be_seen_is_unread(self, case, mode, hidden):
        facts = self.facts(case, mode, hidden=hidden)
        assert "stop_kills_shims" not in facts["process"] and facts["unread"]["process.stop_kills_shims"]


def stamp(seconds, pid=PID, zone="UTC", kind="notify"):
    """What systemctl shows of a main process, and of its start so many seconds after STARTED."""
    text = time.strftime("%a %Y-%m-%d %H:%M:%S", time.gmtime(STARTED + seconds))
    return f"MainPID={pid}\nType={kind}\nExecMainStartTimestamp={text} {zone}\n"


class TestStartTime:
    """The daemon started at STARTED by /proc/PID/stat and /proc/stat, and daemon.json was written long before that."""

    def facts(self, case, systemctl=""):
        systemd(case)
        case.location = case.location._replace(pid=PID)
        case.host.commands[("systemctl", "show", "docker.service")] += systemctl
        case.host.files[CONFIG] = '{"userland-proxy": false}'
        return daemon.collect(case.context())

    @pytest.mark.parametrize(
        ("boot", "ticks", "systemctl", "reason"),
        [
            pytest.param(100_000, 1000, "", "by its clock it started at", id="in the future"),
            pytest.param(600, 1000, "", "by its clock it started at", id="a container that is younger than its host"),
            pytest.param(-600, 1000, "", "by its clock it started at", id="too early"),
            pytest.param(-10, 400_000, "", "lies in the future", id="ticks beyond the uptime"),
            pytest.param(-10, 1000, stamp(-60), "the clock was set since", id="the clock was put forward"),
            pytest.param(-10, 1000, stamp(86400), "the clock was set since", id="the clock was put back"),
            pytest.param(-10, 1000, stamp(-60, kind="forking"), "the clock was set since", id="before a script ended"),
        ],
    )
    def test_a_time_that_contradicts_is_not_known(self, case, boot, ticks, systemctl, reason):
        case.host.files["/proc/stat"] = f"cpu 1\nbtime {STARTED + boot}\n"
        case.host.files[f"/proc/{PID}/stat"] = f"{PID} (dockerd) S 1 " + "0 " * 17 + f"{ticks} 0 0"
        facts = self.facts(case, systemctl)
        assert "started_at" not in facts["process"] and reason in facts["unread"]["process.started_at"]
        assert "newer_than_daemon" not in facts["config_file"]
        assert value(facts, "userland-proxy") == "unread"
        assert "listeners" in facts["unread"]

    @pytest.mark.parametrize(
        "systemctl",
        [
            pytest.param("", id="systemd does not say"),
            pytest.param(stamp(0), id="the same"),
            pytest.param(stamp(1), id="a second later"),
            pytest.param(stamp(60, kind="forking"), id="after a script ended"),
            pytest.param(stamp(-60, pid=PID + 1), id="of another process"),
            pytest.param(stamp(7200, zone="CET"), id="in another time zone"),
            pytest.param("MainPID=812\nExecMainStartTimestamp=n/a\n", id="never"),
            pytest.param("MainPID=812\nExecMainStartTimestamp=Fri 2026-99-99 00:00:00 UTC\n", id="damaged"),
        ],
    )
    def test_a_time_that_agrees_is_known(self, case, systemctl):
        facts = self.facts(case, systemctl)
        assert facts["process"]["started_at"] == "2023-11-14T22:13:20Z"
        assert facts["config_file"]["newer_than_daemon"] is False
        assert value(facts, "userland-proxy") is False


@pytest.mark.parametrize("socket", ["", "[Socket]\nListenStream=what\n"])
def test_sockets_that_nothing_shows(case, socket):
    systemd(case, socket)
    facts = daemon.collect(case.context())
    assert "listeners" not in facts and facts["unread"]["listeners"]
    assert facts["listening_sockets"]


def test_a_socket_unit_for_everybody(case):
    systemd(case, "[Socket]\nListenStream=/run/docker.sock\nListenStream=2375\nListenStream=127.0.0.1:1\n")
    facts = daemon.collect(case.context())
    assert [entry["address"] for entry in facts["listeners"]] == [
        "unix:///run/docker.sock",
        "tcp://[::]:2375",
        "tcp://127.0.0.1:1",
    ]


def rootless(case, *arguments):
    case.host.runs_dockerd(PID, 1000)
    case.owner = 1000
    case.host.arguments(*arguments)


def test_a_rootless_engine_listens_where_it_was_found(case):
    rootless(case)
    address = "unix:///run/user/1000/docker.sock"
    case.location = case.location._replace(address=address, address_origin="rootless", manager="rootless")
    (listener,) = daemon.collect(case.context())["listeners"]
    assert (listener["address"], listener["path"]) == (address, "/run/user/1000/docker.sock")
    # Its default with TLS is a port.
    rootless(case, "--tlsverify")
    (listener,) = daemon.collect(case.context())["listeners"]
    assert listener["scheme"] == "tcp"


def test_where_a_rootless_engine_listens_is_not_known_by_a_socket_that_was_chosen(case):
    rootless(case)
    case.location = case.location._replace(address="unix:///tmp/link.sock", address_origin="option", manager=None)
    facts = daemon.collect(case.context())
    assert "listeners" not in facts and "rootless" in facts["unread"]["listeners"]


def test_a_stopped_engine(case):
    case.location = case.location._replace(state="stopped", pid=None, pid_source=None, reason="it does not run")
    case.host.files[CONFIG] = '{"foo": 1}'
    facts = daemon.collect(case.context())
    assert facts["config_file"]["state"] == "invalid"
    assert facts["process"]["pid"] is None
    for key in ("versions", "info", "options", "listeners", "tls", "default_bridge"):
        assert key not in facts and facts["unread"][key] == "it does not run"


def test_an_engine_that_does_not_answer(case):
    case.fault = "not permitted to use the Docker socket"
    case.host.files[CONFIG] = '{"userland-proxy": false}'
    facts = daemon.collect(case.context())
    assert value(facts, "userland-proxy") is False
    assert value(facts, "ip6tables") == "unread"  # another default in each version
    assert value(facts, "bip6") == "unread"
    assert facts["unread"]["info"] == case.fault


def test_a_remote_engine(case):
    case.location = case.location._replace(local=False, address="tcp://x:2376", pid=None, pid_source=None, manager=None)
    facts = daemon.collect(case.context())
    assert value(facts, "live-restore") is False
    assert value(facts, "userland-proxy") == "unread"
    assert facts["options"]["live-restore"]["origin"]["kind"] == "api"
    for key in ("process", "config_file", "listeners", "tls", "listening_sockets"):
        assert "remote" in facts["unread"][key]


def test_no_engine(case):
    case.location = case.location._replace(state="absent", address=None, reason="this host has no Docker Engine")
    with pytest.raises(Unread, match="no Docker Engine"):
        daemon.collect(case.context())


def test_insecure_registries(case):
    case.info["RegistryConfig"].update(
        InsecureRegistryCIDRs=["127.0.0.0/8", "::1/128", "10.0.0.0/8", "0.0.0.0/0"],
        IndexConfigs={
            name: {"Secure": False} for name in ("reg:5000", "localhost:5000", "[::1]:5", "localhost.evil:1")
        },
    )
    found = daemon.collect(case.context())["info"]["insecure_registries"]
    assert [entry["registry"] for entry in found] == ["0.0.0.0/0", "10.0.0.0/8", "localhost.evil:1", "reg:5000"]


def test_no_default_bridge(case):
    del case.answers["/networks/bridge"]
    assert daemon.collect(case.context())["default_bridge"] == {"present": False, "icc": None}
    case.answers["/networks/bridge"] = {"Options": {}}
    facts = daemon.collect(case.context())
    assert "default_bridge" not in facts and "default_bridge" in facts["unread"]


def test_no_secret_enters(case):
    case.engine_version("26.1.5")
    case.host.files[CONFIG] = json.dumps(
        {
            "proxies": {"http-proxy": f"http://u:{SECRET}@p:1", "https-proxy": f"u:{SECRET}/x@p:1"},
            "log-opts": {
                "splunk-token": SECRET,
                "gelf-address": f"udp://u:{SECRET}@h:1",
                "awslogs-credentials": SECRET,
            },
            "labels": [f"password={SECRET}"],
            "registry-mirrors": [f"https://u:{SECRET}@m/"],
            "storage-opts": [f"zfs.token={SECRET}"],
            "runtimes": {"x": {"path": "/x", "runtimeArgs": [SECRET]}},
            "foo": {"http-proxy": f"http://u:{SECRET}@p"},
        }
    )
    case.host.arguments(f"--cluster={SECRET}", "--dns-opt", f"x://{SECRET}@y")
    case.info["Labels"] = [f"password={SECRET}"]
    case.info["HttpProxy"] = f"http://u:{SECRET}@p:1"
    assert SECRET not in json.dumps(daemon.collect(case.context()))
    case.host.arguments("--http-proxy", f"http://u:{SECRET}@p:1", f"--https-proxy=http://u:{SECRET}@p:1")
    facts = daemon.collect(case.context())
    assert SECRET not in json.dumps(facts)
    assert facts["config_file"]["conflicts"]


def test_masks():
    assert masked("http-proxy", "http://a:b@c:1") == "http://***@c:1"
    assert masked("http-proxy", "http://c:1") == "http://c:1"
    assert masked("log-opts", {"max-size": "1m", "Splunk-Token": "x"}) == {"max-size": "1m", "Splunk-Token": "***"}
