# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Daemons that are easily judged wrong: a few real ones, each started with many options that mislead."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support import quick_audit
from ansible_collections.seawall.docker.tests.support.isolated_host import IMAGE, IsolatedHost
from ansible_collections.seawall.docker.tests.support.quick_audit import Judged

# What sounds good, in the command line of a process that is no daemon.
GOOD_WORDS = ["--icc=false", "--log-level=info", "--live-restore", "--userland-proxy=false", "--no-new-privileges"]
# The system's, which everybody may run.
PYTHON = "/usr/bin/python3"
SLEEPING = "import time; time.sleep(3600)"


def judged(host: IsolatedHost, *flags: str, config: dict[str, t.Any] | None = None) -> Judged:
    """Start the daemon so, audit it and stop it."""
    host.start(*flags, config=config, images=False)
    try:
        return quick_audit.audit(host)
    finally:
        host.stop()


@pytest.fixture(scope="module")
def by_flags(host: IsolatedHost) -> Judged:
    """Every option is given, and every one wrongly; beside it runs what looks like a daemon with the right ones."""
    anybody = ["setpriv", "--reuid=65534", "--clear-groups"]
    host.start(
        "--log-level=debug",
        "--live-restore=false",
        "--no-new-privileges=false",
        "--userland-proxy=true",
        "--cgroup-parent=/elsewhere",
        "--log-driver=none",
        images=False,
    )
    # By its command line, and by its first word as well.
    renamed = 'exec -a /usr/sbin/dockerd "$0" -c "$@"'
    others = [
        subprocess.Popen(host.command(*anybody, PYTHON, "-c", SLEEPING, "/usr/sbin/dockerd", *GOOD_WORDS)),
        subprocess.Popen(host.command(*anybody, "bash", "-c", renamed, PYTHON, SLEEPING, *GOOD_WORDS)),
    ]
    try:
        result = quick_audit.audit(host)
        assert all(other.poll() is None for other in others)
        assert result.posture["daemon"]["process"]["pid"] == host.daemon_pid()
        return result
    finally:
        for other in others:
            other.kill()
            other.wait()
        host.stop()


@pytest.fixture(scope="module")
def by_file(host: IsolatedHost) -> Judged:
    return judged(host, config={"debug": True, "cgroup-parent": "/elsewhere", "log-driver": "local", "ipv6": False})


@pytest.fixture(scope="module")
def right(host: IsolatedHost) -> Judged:
    return judged(host, *GOOD_WORDS)


@pytest.fixture(scope="module")
def written_too_late(host: IsolatedHost) -> Judged:
    """The file has what the rules ask for, and was written right after the daemon had read its configuration."""
    limits = {"nofile": {"Name": "nofile", "Soft": 1024, "Hard": 2048}}
    good = json.dumps({"no-new-privileges": True, "userland-proxy": False, "default-ulimits": limits})
    script = (
        "rm -f /run/docker.pid /etc/docker/daemon.json; until [ -s /run/docker.pid ]; do sleep 0.005; done; "
        f"printf '%s' '{good}' > /etc/docker/daemon.json"
    )
    with subprocess.Popen(host.command("sh", "-c", script)) as writer:
        host.start(images=False)
        try:
            assert writer.wait(10) == 0
            return quick_audit.audit(host)
        finally:
            host.stop()


def test_a_file_that_was_written_within_a_second_of_the_start_is_not_believed(written_too_late: Judged) -> None:
    file = written_too_late.posture["daemon"]["config_file"]
    assert file["state"] == "ok" and file.get("newer_than_daemon") is not False
    for option in ("userland-proxy", "cgroup-parent", "log-level", "icc"):
        entry = written_too_late.posture["daemon"]["options"][option]
        # What the engine shows is known nevertheless.
        assert "value" not in entry or entry["origin"]["kind"] == "api", option
    numbers = ("2.9", "2.11", "2.15", "2.17")
    assert {number: written_too_late.status(number) for number in numbers} == dict.fromkeys(numbers, "unknown")


def test_a_link_that_was_turned_to_older_files_shows_nothing_that_the_daemon_read(host: IsolatedHost) -> None:
    """All files are older than the daemon. What leads to them is not, in the middle of the path and at its end."""
    allows, forbids = {"defaultAction": "SCMP_ACT_ALLOW"}, {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": []}
    host.run("mkdir", "-p", "/run/first", "/run/second")
    for place, profile, proxy in (("first", allows, True), ("second", forbids, False)):
        host.write(f"/run/{place}/profile.json", json.dumps(profile))
        host.write(f"/run/{place}/daemon.json", json.dumps({"userland-proxy": proxy, "no-new-privileges": not proxy}))
    host.run("sh", "-c", "ln -s first /run/chosen && ln -s /run/chosen/profile.json /run/profile.json")
    time.sleep(0.05)
    host.start("--config-file=/run/chosen/daemon.json", "--seccomp-profile=/run/profile.json", images=False)
    try:
        before = quick_audit.audit(host)
        host.run("ln", "-sfn", "second", "/run/chosen")
        after = quick_audit.audit(host)
    finally:
        host.stop()
    numbers = ("2.15", "2.17", "2.18")
    assert {number: before.status(number) for number in numbers} == dict.fromkeys(numbers, "fail")
    assert {number: after.status(number) for number in numbers} == dict.fromkeys(numbers, "unknown")
    assert after.posture["daemon"]["config_file"]["newer_than_daemon"] is True


def test_flags_of_a_process_that_only_looks_like_the_daemon_count_for_nothing(by_flags: Judged) -> None:
    numbers = ("2.2", "2.3", "2.15", "2.16", "2.17")
    assert {number: by_flags.status(number) for number in numbers} == dict.fromkeys(numbers, "fail")


def test_the_same_flags_count_where_the_daemon_has_them(right: Judged) -> None:
    numbers = ("2.2", "2.3", "2.15", "2.16", "2.17")
    assert {number: right.status(number) for number in numbers} == dict.fromkeys(numbers, "pass")


def test_debugging_is_seen_as_a_level_and_as_an_option_of_its_own(by_flags: Judged, by_file: Judged) -> None:
    assert by_flags.posture["daemon"]["options"]["log-level"]["value"] == "debug"
    assert by_flags.status("2.3") == "fail"
    assert by_file.posture["daemon"]["options"]["log-level"]["value"] == "info"
    assert by_file.status("2.3") == "fail"


def test_logs_that_stay_or_vanish_do_not_leave_the_host(by_flags: Judged, by_file: Judged) -> None:
    assert by_flags.posture["daemon"]["info"]["logging_driver"] == "none"
    assert by_flags.status("2.14") == "fail"
    assert by_file.posture["daemon"]["info"]["logging_driver"] == "local"
    assert by_file.status("2.14") == "fail"


def test_an_option_that_is_set_to_false_is_off(by_flags: Judged) -> None:
    assert by_flags.status("2.15") == "fail"
    assert by_flags.status("2.16") == "fail"


def test_another_control_group_is_seen_as_flag_and_in_the_file(
    by_flags: Judged, by_file: Judged, right: Judged
) -> None:
    assert (by_flags.status("2.11"), by_file.status("2.11"), right.status("2.11")) == ("fail", "fail", "pass")


def test_the_engines_own_seccomp_profile_passes_under_both_of_its_names(right: Judged) -> None:
    assert right.posture["daemon"]["info"]["security_options"]["seccomp"] in ("default", "builtin")
    assert right.status("2.18") == "pass"


def test_a_version_that_is_too_old_does_not_pass(right: Judged) -> None:
    version = str(right.posture["daemon"]["versions"]["engine"])
    package = right.posture["daemon"]["distribution_package"]
    numbers = [int(part) for part in re.findall(r"\d+", version)[:3]]
    newer = f"{numbers[0]}.{numbers[1]}.{numbers[2] + 1}"
    # A distribution may have mended what has an old number; the vendor has not.
    assert right.with_policy(minimum_engine_version=newer).status("1.2.2") == ("manual" if package else "fail")
    assert right.with_policy(minimum_engine_version="999.0.0").status("1.2.2") != "pass"
    assert right.with_policy(minimum_engine_version=".".join(map(str, numbers))).status("1.2.2") == "pass"


@pytest.fixture(scope="module")
def tls_files(host: IsolatedHost, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Options for certificates that lie on the host, as openssl makes them."""
    folder: Path = tmp_path_factory.mktemp("tls")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-subj", "/CN=localhost", "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(command, check=True, capture_output=True)
    host.run("mkdir", "-p", "/etc/docker/tls")
    for name, source, mode in (("ca", "cert", 0o444), ("cert", "cert", 0o444), ("key", "key", 0o400)):
        host.write(f"/etc/docker/tls/{name}.pem", (folder / f"{source}.pem").read_text(encoding="utf-8"), mode)
    names = {"tlscacert": "ca", "tlscert": "cert", "tlskey": "key"}
    return {option: f"/etc/docker/tls/{name}.pem" for option, name in names.items()}


LISTENERS = ["unix:///run/docker.sock", "tcp://127.0.0.1:2376"]


def test_mutual_tls_counts_when_it_stands_in_the_file_alone(host: IsolatedHost, tls_files: dict[str, str]) -> None:
    result = judged(host, config={"hosts": LISTENERS, "tlsverify": True, **tls_files})
    assert result.status("2.8") == "pass"
    # So do the files that only the configuration names.
    numbers = [f"3.{number}" for number in range(9, 15)]
    assert {number: result.status(number) for number in numbers} == dict.fromkeys(numbers, "pass")


def test_tls_that_asks_clients_for_nothing_lets_everybody_in(host: IsolatedHost, tls_files: dict[str, str]) -> None:
    result = judged(host, config={"hosts": LISTENERS, "tls": True, "tlsverify": False, **tls_files})
    assert result.status("2.8") == "fail"


# An address for documentation: nobody is there, and syslog over UDP asks nobody.
LOG_SERVER = "--log-opt=syslog-address=udp://192.0.2.1:514"


# The last one is the host's by the engine's own bridge.
@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "LOCALHOST",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "127.99.0.1",
        platform.node().upper(),
        "172.17.0.1",
    ],
)
def test_this_very_host_is_no_log_server_in_any_spelling(host: IsolatedHost, address: str) -> None:
    result = judged(host, "--log-driver=syslog", f"--log-opt=syslog-address=udp://{address}:514")
    assert result.status("2.14") == "manual"


def test_a_container_that_keeps_its_logs_here_is_seen_beside_a_server_of_the_daemons(host: IsolatedHost) -> None:
    host.start("--log-driver=syslog", LOG_SERVER)
    try:
        # Created alone: the network of this host leads nowhere.
        assert host.docker("create", "--name", "with-the-daemon", IMAGE, "sleep", "1").returncode == 0
        assert quick_audit.audit(host).status("2.14") == "pass"
        own = ("--log-driver=syslog", "--log-opt=syslog-address=udp://[::1]:514")
        assert host.docker("create", "--name", "by-itself", *own, IMAGE, "sleep", "1").returncode == 0
        result = quick_audit.audit(host)
        assert (result.status("2.14"), result.reason("2.14").startswith("containers send")) == ("manual", True)
    finally:
        host.stop()


def test_a_stopped_container_gets_the_address_of_its_network(host: IsolatedHost) -> None:
    host.start("--ip=127.0.0.1")
    option = "--opt=com.docker.network.bridge.host_binding_ipv4"
    assert host.docker("network", "create", f"{option}=127.0.0.2", "narrow").returncode == 0
    assert host.docker("network", "create", "wide").returncode == 0
    created = {
        "default-bridge": ("--publish=8081:80",),
        "narrow": ("--publish=8082:80", "--network=narrow"),
        "narrow-all": ("--publish-all", "--expose=80", "--network=narrow"),
        "wide": ("--publish=8083:80", "--network=wide"),
        "wide-all": ("--publish-all", "--expose=80", "--network=wide"),
        "written": ("--publish=0.0.0.0:8084:80",),
    }
    try:
        for name, options in created.items():
            assert host.docker("create", "--name", name, *options, IMAGE, "sleep", "60").returncode == 0
        before = quick_audit.audit(host)
        assert host.docker("start", *created).returncode == 0
        after = quick_audit.audit(host)
    finally:
        host.stop()
    expected = dict.fromkeys(created, "pass") | dict.fromkeys(("wide", "wide-all", "written"), "fail")
    # What was foreseen is what came.
    for judged in (before, after):
        verdicts = judged.verdicts("5.14")
        assert {name: verdicts[name] for name in created} == expected
    assert before.container("default-bridge")["ports"][0]["host_ip"] is None
    assert before.container("default-bridge")["default_binding"] == "127.0.0.1"


@pytest.fixture(scope="module")
def younger(host: IsolatedHost) -> Judged:
    """A container whose /proc/stat shows its own start, and a daemon.json that was changed after the daemon started.

    Its data root has the form of those that the engine makes for user namespaces.
    """
    host.start("--data-root=/var/lib/docker/24.0", config={"userland-proxy": True}, images=False)
    try:
        time.sleep(2.1)
        host.write("/etc/docker/daemon.json", '{"userland-proxy": false}')
        host.run("sh", "-c", "awk '/^btime/ { $2 += 20 } { print }' /proc/stat > /run/stat").check_returncode()
        host.run("mount", "--bind", "/run/stat", "/proc/stat").check_returncode()
        try:
            return quick_audit.audit(host)
        finally:
            host.run("umount", "/proc/stat")
    finally:
        host.stop()


def test_a_file_is_not_older_than_a_start_that_the_clock_contradicts(younger: Judged) -> None:
    assert "by its clock it started at" in younger.posture["unread"]["daemon.process.started_at"]
    assert younger.posture["daemon"]["config_file"].get("newer_than_daemon") is None
    assert younger.status("2.17") == "unknown"


def test_a_data_root_of_any_name_is_where_the_engine_works(younger: Judged) -> None:
    assert younger.posture["host"]["data_root"]["path"] == "/var/lib/docker/24.0"
    assert "data-root" not in {one["option"] for one in younger.posture["daemon"]["differences"]}
