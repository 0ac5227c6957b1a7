# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container that changes what it can change of itself, so that the audit may find it better than it is.

Each container does its attack after the start, and says so in a file of its own. Every verdict must be as bad as
without the attack, or worse.
"""

from __future__ import annotations

import time

import pytest

from ansible_collections.seawall.docker.tests.support import quick_audit
from ansible_collections.seawall.docker.tests.support.isolated_host import IMAGE, IsolatedHost
from ansible_collections.seawall.docker.tests.support.quick_audit import Judged

MOUNTS = ("--cap-add", "SYS_ADMIN", "--security-opt", "apparmor=unconfined")
SENSITIVE = ("--volume", "/etc/ssl:/host")

# The container's options, and what it does. ``m`` is busybox's mount.
SHELL_ATTACKS: dict[str, tuple[tuple[str, ...], str]] = {
    "moves-away": ((*MOUNTS, *SENSITIVE), "mkdir /gone /empty; m -o move /host /gone && m -o bind /empty /host"),
    # The same with a directory of the host that anybody may have.
    "puts-a-harmless-one-there": (
        (*MOUNTS, *SENSITIVE, "--volume", "/run/harmless:/data"),
        "mkdir /gone; m -o move /host /gone && m -o bind /data /host",
    ),
    "covers": ((*MOUNTS, *SENSITIVE), "m -t tmpfs none /host"),
    "takes-away": ((*MOUNTS, *SENSITIVE), "busybox umount /host"),
    # The whole tree of mounts is replaced by one that never had it.
    "leaves-the-tree": (
        (*MOUNTS, *SENSITIVE),
        (
            "mkdir /new; m -t tmpfs none /new && mkdir /new/old /new/bin /new/proc && cat /bin/busybox > /new/bin/busybox && "
            "chmod 755 /new/bin/busybox && cd /new && busybox pivot_root . old && /bin/busybox umount -l /old; "
            "/bin/busybox ln -s busybox /bin/sh"
        ),
    ),
    # A link in a directory of the container's own, turned elsewhere after the start.
    "turns-its-link": (
        (*MOUNTS, "--volume", "/run/own:/own", "--volume", "/run/own/link:/host"),
        (
            "mkdir -p /own/harmless /gone; ln -sfn harmless /own/link; m -o move /host /gone && m -o bind /own/harmless /host && "
            "busybox umount -l /gone"
        ),
    ),
    # The same without any right that a container does not have anyway.
    "turns-its-link-and-changes-its-root": (
        ("--volume", "/run/fourth:/own", "--volume", "/run/fourth/link:/host"),
        (
            "ln -sfn . /own/link; /bin/busybox touch /done; mkdir -p /own/bin; /bin/busybox cp /bin/busybox /own/bin/busybox; "
            "exec /bin/busybox chroot /own /bin/busybox sleep 3600"
        ),
    ),
    # A volume that binds, by the same link.
    "turns-the-link-of-a-volume": (
        (*MOUNTS, "--volume", "/run/third:/own", "--volume", "binds:/host"),
        "mkdir -p /own/harmless; ln -sfn harmless /own/link",
    ),
    "hides-the-socket": (
        (*MOUNTS, "--volume", "/run/docker.sock:/run/docker.sock"),
        "busybox umount /run/docker.sock",
    ),
    # It does to nobody any harm what is its own.
    "binds-its-own": ((*MOUNTS, "--volume", "/run/harmless:/data"), "mkdir /empty; m -o bind /empty /data"),
    "leaves-what-it-joined": (
        (*MOUNTS, "--ipc", "container:has-the-hosts-ipc"),
        "exec busybox unshare -i sh -c 'touch /done; exec sleep 3600'",
    ),
}

# Python of the host, for what busybox cannot do.
PYTHON = ("--volume", "/usr:/usr:ro", "--volume", "/usr/lib:/lib:ro", "--volume", "/usr/lib64:/lib64:ro")
NAMED_IMAGE = f"""
FROM {IMAGE}
RUN printf 'root:x:0:0::/:/bin/sh\\ntoor:x:0:0::/:/bin/sh\\n' > /etc/passwd
USER toor
"""
NETWORKS = ("--cap-add", "SYS_ADMIN", "--security-opt", "apparmor=unconfined")
SERVE = "import socket; s = socket.create_server(('', 22))"
PYTHON_ATTACKS: dict[str, tuple[tuple[str, ...], str]] = {
    # The user is root by another name, and the process is somebody else by the time of the audit.
    "takes-another-user": (("--user", "toor"), "os.setgid(1000); os.setuid(1000)"),
    # A server on port 22 whose first thread ends, after which the kernel shows neither program nor files of the process.
    "ends-its-first-thread": (
        (),
        (
            "import socket; s = socket.create_server(('', 22)); "
            "threading.Thread(target=time.sleep, args=(3600,)).start(); libc.syscall(60, 0)"
        ),
    ),
    "gives-up-privileges": ((), "libc.prctl(38, 1, 0, 0, 0)"),
    # A server on port 22 that goes on in a network namespace of its own, where the kernel shows no socket of it.
    "leaves-its-network": (NETWORKS, f"{SERVE}; libc.unshare(0x40000000)"),
    "enters-the-network-of-another": (
        (*NETWORKS, "--cap-add", "SYS_PTRACE", "--pid", "container:has-a-harmless-mount"),
        f"{SERVE}; libc.setns(os.open('/proc/1/ns/net', os.O_RDONLY), 0x40000000)",
    ),
    # The same with a process that is seen only by another thread than its first.
    "leaves-its-network-and-ends-its-first-thread": (
        NETWORKS,
        f"{SERVE}; libc.unshare(0x40000000); threading.Thread(target=time.sleep, args=(3600,)).start(); libc.syscall(60, 0)",
    ),
    # A server on port 22 in a thread whose open files no other thread shows.
    "serves-in-a-thread-with-files-of-its-own": (
        NETWORKS,
        (
            "import socket; kept = []; "
            "serve = lambda: (libc.unshare(0x400), kept.append(socket.create_server(('', 22))), time.sleep(3600)); "
            "threading.Thread(target=serve).start()"
        ),
    ),
    # The same after the first thread has ended, so that another one is looked at.
    "serves-with-files-of-its-own-and-ends-its-first-thread": (
        NETWORKS,
        (
            "import socket; kept = []; up = threading.Event(); threading.Thread(target=time.sleep, args=(3600,)).start(); "
            "serve = lambda: (libc.unshare(0x400), kept.append(socket.create_server(('', 22))), up.set(), time.sleep(3600)); "
            "threading.Thread(target=serve).start(); up.wait(); libc.syscall(60, 0)"
        ),
    ),
    # Many threads that share what is open are no reason for doubt.
    "has-threads": ((), "[threading.Thread(target=time.sleep, args=(3600,)).start() for _number in range(50)]"),
    # What ordinary programs hold that is in no table: sockets that are closed, not yet connected, or no longer.
    "has-closed-sockets": (
        (),
        (
            "import socket; new = socket.socket(); bound = socket.socket(); bound.bind(('127.0.0.1', 0)); "
            "server = socket.create_server(('127.0.0.1', 8080)); client = socket.create_connection(('127.0.0.1', 8080)); "
            "import struct; other = server.accept()[0]; "
            "other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); other.close(); "
            "datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); pair = socket.socketpair()"
        ),
    ),
}


def run_python_attack(host: IsolatedHost, name: str, *words: str) -> None:
    options, script = PYTHON_ATTACKS[name]
    program = f"import ctypes, os, threading, time; libc = ctypes.CDLL(None); open('/tmp/done', 'w'); {script}; time.sleep(3600)"
    done = host.docker(*words, "--name", name, *PYTHON, *options, "named", "/usr/bin/python3", "-c", program)
    assert done.returncode == 0, done.stderr


def run_shell_attack(host: IsolatedHost, name: str) -> None:
    options, script = SHELL_ATTACKS[name]
    functions = "".join(f'{name}() {{ /bin/busybox {name} "$@"; }}; ' for name in ("mkdir", "ln"))
    functions += 'm() { /bin/busybox mount "$@"; }; '
    end = "/bin/busybox touch /done; exec /bin/busybox sleep 3600"
    host.container(name, *options, command=("sh", "-c", f"{functions}{script}\n{end}"))


@pytest.fixture(scope="module")
def judged(host: IsolatedHost) -> Judged:
    host.start()
    host.run(
        "sh",
        "-c",
        "mkdir -p /run/own /run/harmless /run/third /run/fourth; for one in own third fourth; do ln -s /etc/ssl /run/$one/link; done",
    )
    made = host.docker(
        "volume", "create", "--opt", "type=none", "--opt", "o=bind", "--opt", "device=/run/third/link", "binds"
    )
    assert made.returncode == 0, made.stderr
    host.container("has-the-hosts-ipc", "--ipc", "host")
    host.run("mkdir", "/run/build")
    for image in ("named", "rewritten"):
        host.write("/run/build/Dockerfile", f"{NAMED_IMAGE}LABEL image={image}\n")
        built = host.docker("build", "--tag", image, "/run/build")
        assert built.returncode == 0, built.stderr
    # It is older than the daemon's default, so that the engine did not give it what it gives to others.
    run_python_attack(host, "gives-up-privileges", "create")
    host.stop()
    host.start("--no-new-privileges", images=False)
    host.docker("start", "gives-up-privileges", "has-the-hosts-ipc")
    host.container("has-a-harmless-mount", *MOUNTS, "--volume", "/run/harmless:/data")
    for name in SHELL_ATTACKS:
        run_shell_attack(host, name)
    for name in PYTHON_ATTACKS:
        if name != "gives-up-privileges":
            run_python_attack(host, name, "run", "--detach")
    rewrite = "echo toor:x:1000:1000::/:/bin/sh > /etc/passwd; exec sleep 3600"
    host.docker("run", "--detach", "--name", "rewrites-its-users", "--user", "0", "rewritten", "sh", "-c", rewrite)
    time.sleep(1.5)
    return quick_audit.audit(host)


def test_each_attack_was_made(host: IsolatedHost, judged: Judged) -> None:
    for name in (*SHELL_ATTACKS, *PYTHON_ATTACKS):
        done = "tmp/done" if name in PYTHON_ATTACKS else "done"
        pid = judged.container(name)["pid"]
        if name == "turns-its-link-and-changes-its-root":
            assert host.run("ls", "/run/fourth/bin/busybox").returncode == 0
            continue
        if name.endswith("ends-its-first-thread"):
            assert host.run("readlink", f"/proc/{pid}/exe").stdout == ""
            continue
        assert host.run("ls", f"/proc/{pid}/root/{done}").returncode == 0, host.docker("logs", name)


@pytest.mark.parametrize("name", ["moves-away", "puts-a-harmless-one-there", "covers", "takes-away", "leaves-the-tree"])
def test_what_the_engine_mounted_counts_wherever_it_went(judged: Judged, name: str) -> None:
    assert judged.verdict("5.6", name) == "fail"


@pytest.mark.parametrize("name", ["turns-its-link", "turns-its-link-and-changes-its-root"])
def test_where_a_link_may_have_led_elsewhere_nobody_knows(judged: Judged, name: str) -> None:
    assert judged.verdict("5.6", name) == "unknown"


def test_a_volume_is_what_the_kernel_has_mounted(judged: Judged) -> None:
    assert judged.verdict("5.6", "turns-the-link-of-a-volume") == "fail"


def test_a_socket_that_was_mounted_counts_though_it_is_gone(judged: Judged) -> None:
    assert judged.verdict("5.32", "hides-the-socket") == "fail"


def test_harmless_mounts_stay_harmless(judged: Judged) -> None:
    assert judged.verdict("5.6", "has-a-harmless-mount") == "pass"
    assert judged.verdict("5.6", "binds-its-own") == "pass"


def test_a_namespace_that_was_joined_counts_though_the_process_left_it(judged: Judged) -> None:
    assert judged.container("leaves-what-it-joined")["process"]["shares_host_namespace"]["ipc"] is False
    assert judged.verdict("5.17", "leaves-what-it-joined") == "fail"


def test_the_user_is_the_one_that_the_engine_started_it_as(judged: Judged) -> None:
    assert judged.container("takes-another-user")["processes"]["first_user"]["uid"] == 1000
    assert judged.verdict("4.1", "takes-another-user") == "fail"


def test_an_ssh_server_is_one_without_its_first_thread(judged: Judged) -> None:
    assert judged.verdict("5.7", "ends-its-first-thread") == "fail"


@pytest.mark.parametrize("name", [name for name in PYTHON_ATTACKS if "-network" in name])
def test_an_ssh_server_is_one_in_whatever_network_namespace_it_is_now(judged: Judged, name: str) -> None:
    (server,) = judged.container(name)["processes"]["ssh_servers"]
    assert server["evidence"] == "port"
    assert judged.verdict("5.7", name) == "fail"


@pytest.mark.parametrize("name", [name for name in PYTHON_ATTACKS if "-files-of-its-own" in name])
def test_an_ssh_server_is_one_in_whatever_thread_it_serves(judged: Judged, name: str) -> None:
    (server,) = judged.container(name)["processes"]["ssh_servers"]
    assert server["evidence"] == "port"
    assert judged.verdict("5.7", name) == "fail"


def test_threads_are_no_servers(judged: Judged) -> None:
    assert judged.container("has-threads")["processes"]["ssh_servers"] == []
    assert judged.verdict("5.7", "has-threads") == "pass"


def test_sockets_that_are_closed_are_no_servers(judged: Judged) -> None:
    assert judged.container("has-closed-sockets")["processes"]["ssh_servers"] == []
    assert judged.verdict("5.7", "has-closed-sockets") == "pass"


def test_what_a_process_sets_itself_is_nothing_that_the_engine_gave(judged: Judged) -> None:
    container = judged.container("gives-up-privileges")
    assert (container["process"]["no_new_privileges"], container["started_with"]["no_new_privileges"]) == (True, False)
    assert judged.verdict("5.26", "gives-up-privileges") == "fail"
    assert judged.verdict("5.26", "has-a-harmless-mount") == "pass"


def test_a_list_of_users_that_a_container_wrote_makes_no_image_better(judged: Judged) -> None:
    (image,) = [one for one in judged.posture["images"] if one["name"] == "rewritten:latest"]
    assert image["user_is_root"] is not False
