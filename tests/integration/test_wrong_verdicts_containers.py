# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers and images that are easily judged wrong: each case is a container on a real engine with a known answer."""

from __future__ import annotations

import pytest

from ansible_collections.seawall.docker.tests.support import quick_audit
from ansible_collections.seawall.docker.tests.support.isolated_host import IMAGE, IsolatedHost
from ansible_collections.seawall.docker.tests.support.postures import posture_in
from ansible_collections.seawall.docker.tests.support.quick_audit import Judged

# An image without ps, with a second name for user 0 and a program that calls itself an SSH server.
ODD_IMAGE = f"""
FROM {IMAGE}
RUN printf 'root:x:0:0::/:/bin/sh\\ntoor:x:0:0::/:/bin/sh\\napp:x:1000:1000::/:/bin/sh\\n' > /etc/passwd && \\
    printf '#!/bin/sh\\nsleep 3600\\n' > /bin/sshd && chmod 755 /bin/sshd
HEALTHCHECK CMD true
"""
CARELESS_IMAGE = f"""
FROM {IMAGE}
ADD note /note
RUN true || apt-get update
RUN true || apt-get install -y curl
"""

# Created and never started: what they would get decides.
CREATED: dict[str, list[str]] = {
    # Names that an auditor's own containers could have.
    "audit": ["--privileged"],
    "security-bench": ["--privileged"],
    "seawall-docker": ["--privileged"],
    "user-zero": ["--user", "0:0"],
    "user-root-group": ["--user", "root:root"],
    "user-padded": ["--user", "00"],
    "user-number": ["--user", "1000:1000"],
    "reads-etc": ["--volume", "/etc:/x:ro"],
    "below-etc": ["--volume", "/etc/ssl:/x"],
    "root-home": ["--volume", "/root:/x"],
    "data-root": ["--volume", "/var/lib/docker:/x"],
    "volume-at-boot": ["--volume", "data:/boot"],
    "above-socket": ["--volume", "/var/run:/x"],
    "above-socket-real": ["--volume", "/run:/x:ro"],
    "above-all": ["--volume", "/:/x"],
    "link-to-socket": ["--volume", "/run/innocent:/x"],
    "link-above-socket": ["--volume", "/run/linked:/x"],
    "beside-socket": ["--volume", "/run/lock:/x"],
    "gains-privileges": ["--security-opt", "no-new-privileges=false"],
    "gains-none": ["--security-opt", "no-new-privileges=true"],
    "gains-none-short": ["--security-opt", "no-new-privileges"],
    "restart-always": ["--restart", "always"],
    "restart-unless-stopped": ["--restart", "unless-stopped"],
    "restart-on-failure": ["--restart", "on-failure"],
    "restart-six": ["--restart", "on-failure:6"],
    "restart-five": ["--restart", "on-failure:5"],
    "port-1024": ["--publish", "127.0.0.1:1024:80"],
    "port-1023": ["--publish", "127.0.0.1:1023:80"],
    "port-any-v6": ["--publish", "[::]:8081:80"],
    "port-any-v4": ["--publish", "0.0.0.0:8082:80"],
    "port-no-address": ["--publish", "8083:80"],
    "port-loopback-v6": ["--publish", "[::1]:8084:80"],
}
STARTED: dict[str, list[str]] = {
    "cpu-quota": ["--cpu-quota", "50000"],
    "cpu-set": ["--cpuset-cpus", "0"],
    "cpu-shares": ["--cpu-shares", "512"],
    "cpu-default-shares": ["--cpu-shares", "1024"],
    "second-root": ["--user", "toor", "odd"],
    "named-user": ["--user", "app", "odd"],
    "ssh-server": ["odd", "/bin/sshd"],
    "sees-all-processes": ["--pid", "host"],
    "read-only": ["--read-only"],
    "made-writable": ["--read-only"],
}
# What root does later, and the engine does not know.
MAKE_WRITABLE = """
pid=$(docker inspect --format '{{.State.Pid}}' made-writable)
nsenter --target "$pid" --mount /bin/busybox mount -o remount,rw,bind none /
docker exec made-writable touch /written
"""


@pytest.fixture(scope="module")
def judged(host: IsolatedHost) -> Judged:
    host.start()
    host.run("sh", "-c", "ln -s /run/docker.sock /run/innocent; ln -s /run /run/linked; mkdir -p /run/lock /run/build")
    host.write("/run/build/note", "note\n")
    for name, text in (("odd", ODD_IMAGE), ("careless", CARELESS_IMAGE)):
        host.write("/run/build/Dockerfile", text)
        built = host.docker("build", "--tag", name, "/run/build")
        assert built.returncode == 0, built.stderr
    assert host.docker("create", "--name", "committed", "odd", "sleep", "60").returncode == 0
    assert host.docker("commit", "committed", "committed").returncode == 0
    host.docker("rm", "committed")
    # The history of these says what was changed as they were imported, and nothing of how they were built.
    for name, option in (("changed", "--change=ENV A=b"), ("described", "--message=COPY . /")):
        done = host.docker("sh", "-c", f"docker save {IMAGE} | docker import '{option}' - {name}")
        assert done.returncode == 0, done.stderr
    for name, options in CREATED.items():
        done = host.docker("create", "--name", name, *options, IMAGE, "sleep", "3600")
        assert done.returncode == 0, done.stderr
    for name, options in STARTED.items():
        # What follows the options may be another image with its command.
        words = options if "odd" in options else [*options, IMAGE]
        command = [] if words[-1].startswith("/") else ["sleep", "3600"]
        done = host.docker("run", "--detach", "--name", name, *words, *command)
        assert done.returncode == 0, done.stderr
    done = host.run("sh", "-ec", MAKE_WRITABLE)
    assert done.returncode == 0, done.stderr
    return quick_audit.audit(host)


def verdicts(judged: Judged, number: str, *names: str) -> dict[str, str]:
    return {name: judged.verdict(number, name) for name in names}


def all_of(verdict: str, *names: str) -> dict[str, str]:
    return dict.fromkeys(names, verdict)


def test_a_root_file_system_is_as_read_only_as_the_kernel_says(judged: Judged) -> None:
    assert verdicts(judged, "5.13", "read-only", "made-writable") == {"read-only": "pass", "made-writable": "fail"}


def test_no_name_hides_a_container(judged: Judged) -> None:
    names = ("audit", "security-bench", "seawall-docker")
    assert verdicts(judged, "5.5", *names) == all_of("fail", *names)
    every = set(CREATED) | set(STARTED)
    for number in ("4.1", "5.4", "5.11", "5.25", "5.31"):
        assert set(judged.verdicts(number)) == every, number


def test_root_is_root_in_every_spelling(judged: Judged) -> None:
    names = ("user-zero", "user-root-group", "user-padded")
    assert verdicts(judged, "4.1", *names) == all_of("fail", *names)
    assert judged.verdict("4.1", "user-number") == "pass"


def test_a_name_that_the_image_gives_to_user_0_is_root(judged: Judged) -> None:
    assert judged.container("second-root")["user"] == "toor"
    assert judged.verdict("4.1", "second-root") == "fail"
    assert judged.verdict("4.1", "named-user") == "pass"


def test_a_sensitive_directory_is_one_read_only_and_below_as_well(judged: Judged) -> None:
    names = ("reads-etc", "below-etc", "root-home", "data-root")
    assert verdicts(judged, "5.6", *names) == all_of("fail", *names)


def test_what_counts_is_the_place_on_the_host_and_not_in_the_container(judged: Judged) -> None:
    assert judged.verdict("5.6", "volume-at-boot") == "pass"


def test_a_directory_above_the_socket_shows_the_socket(judged: Judged) -> None:
    names = ("above-socket", "above-socket-real", "above-all")
    assert verdicts(judged, "5.32", *names) == all_of("fail", *names)


def test_a_link_to_the_socket_is_the_socket(judged: Judged) -> None:
    names = ("link-to-socket", "link-above-socket")
    assert verdicts(judged, "5.32", *names) == all_of("fail", *names)


def test_what_lies_beside_the_socket_is_not_the_socket(judged: Judged) -> None:
    assert verdicts(judged, "5.32", "beside-socket", "below-etc") == all_of("pass", "beside-socket", "below-etc")


def test_no_new_privileges_false_is_not_no_new_privileges(judged: Judged) -> None:
    assert verdicts(judged, "5.26", "gains-privileges", "audit") == all_of("fail", "gains-privileges", "audit")
    assert verdicts(judged, "5.26", "gains-none", "gains-none-short") == all_of(
        "pass", "gains-none", "gains-none-short"
    )


def test_a_restart_without_end_is_not_limited(judged: Judged) -> None:
    names = ("restart-always", "restart-unless-stopped", "restart-on-failure", "restart-six")
    assert verdicts(judged, "5.15", *names) == all_of("fail", *names)
    assert judged.verdict("5.15", "restart-five") == "pass"


def test_an_ssh_server_is_seen_in_an_image_without_ps(judged: Judged) -> None:
    assert judged.verdict("5.7", "ssh-server") == "fail"


def test_nobody_is_blamed_for_the_ssh_server_of_another_container(judged: Judged) -> None:
    assert judged.container("sees-all-processes")["process"]["shares_host_namespace"]["pid"] is True
    assert judged.verdict("5.7", "sees-all-processes") == "pass"


def test_a_host_without_security_module_has_nothing_to_confine_by(judged: Judged) -> None:
    host = judged.posture["host"]
    if host["apparmor_enabled"]:
        pytest.skip("this machine has AppArmor")
    assert judged.status("5.2") == "not_applicable"
    if host["selinux"] != "disabled":
        pytest.skip("this machine has SELinux")
    assert judged.status("5.3") == "not_applicable"


def test_another_security_option_is_no_selinux_label() -> None:
    posture = posture_in()
    posture["host"]["selinux"] = "enforcing"
    posture["daemon"]["info"]["security_options"]["selinux"] = True
    for container in posture["containers"]:
        container["process_label"] = ""
        container["security_options"].update(labels=[], no_new_privileges=True, apparmor="docker-default")
    assert Judged(posture).status("5.3") == "fail"


def test_a_quota_and_a_set_of_cpus_are_limits(judged: Judged) -> None:
    names = ["cpu-quota", "cpu-shares"]
    if judged.posture["daemon"]["info"]["cpus"] > 1:
        names.append("cpu-set")
    assert verdicts(judged, "5.12", *names) == all_of("pass", *names)
    # What everybody has is no limit.
    assert judged.verdict("5.12", "cpu-default-shares") == "fail"


def test_1024_is_the_first_port_without_privilege(judged: Judged) -> None:
    assert verdicts(judged, "5.8", "port-1023", "port-1024") == {"port-1023": "fail", "port-1024": "pass"}


def test_every_spelling_of_all_addresses_is_seen(judged: Judged) -> None:
    names = ("port-any-v4", "port-any-v6", "port-no-address")
    assert verdicts(judged, "5.14", *names) == all_of("fail", *names)
    assert verdicts(judged, "5.14", "port-1024", "port-loopback-v6") == all_of("pass", "port-1024", "port-loopback-v6")


def test_each_image_is_judged_by_itself(judged: Judged) -> None:
    images = {"odd:latest", "careless:latest", IMAGE}
    for number in ("4.6", "4.7", "4.9"):
        assert images <= set(judged.verdicts(number)), number
    assert (judged.verdict("4.6", "odd:latest"), judged.verdict("4.6", "careless:latest")) == ("pass", "fail")
    assert (judged.verdict("4.7", "odd:latest"), judged.verdict("4.7", "careless:latest")) == ("pass", "fail")
    assert (judged.verdict("4.9", "odd:latest"), judged.verdict("4.9", "careless:latest")) == ("pass", "fail")


def test_an_image_that_does_not_tell_how_it_was_built_is_for_a_person(judged: Judged) -> None:
    for number in ("4.7", "4.9", "4.10"):
        # Imported from a file, and made of a container.
        assert judged.verdict(number, IMAGE) == "manual", number
        for name in ("committed:latest", "changed:latest", "described:latest"):
            assert judged.verdict(number, name) == "manual", (number, name)


def test_containers_that_do_not_run_are_judged(judged: Judged) -> None:
    assert not any(judged.container(name)["running"] for name in CREATED)
    assert judged.verdict("5.5", "audit") == "fail"
    assert judged.verdict("5.11", "user-number") == "fail"


def test_an_engine_without_containers_and_images_gives_the_same_findings_in_the_same_form(judged: Judged) -> None:
    with IsolatedHost() as empty:
        empty.start(images=False)
        nothing = quick_audit.audit(empty)
    assert list(nothing.findings) == list(judged.findings)
    for number, finding in nothing.findings.items():
        assert list(finding) == list(judged.findings[number]), number
        if finding["rule"].startswith(("image-", "container-")) and finding["section"] in ("4", "5"):
            # There is nothing that could pass.
            assert finding["status"] == "not_applicable", number
            assert finding["reason"], number
