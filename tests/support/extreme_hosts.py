# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real hosts made as bad and as good as one can be: the worst, the best single server, and the best swarm manager.

What no host of this machine can show (its kernel's security modules, auditd) is stood in for only where it says so.
"""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import yaml

from ansible_collections.seawall.docker.tests.support import quick_audit
from ansible_collections.seawall.docker.tests.support.isolated_host import IMAGE, IsolatedHost
from ansible_collections.seawall.docker.tests.support.quick_audit import Judged

EVE = 4242
# What the hosts showed, written by ``python -m`` of this module: rule, then host, then status.
SEEN = Path(__file__).with_name("extreme_hosts.yml")
POLICY: dict[str, t.Any] = {"allowed_registries": ["registry.example.org"], "minimum_engine_version": "20.10.0"}
# Nothing of the machine's own is written to: the upper layers are the host's.
_HEAD = """\
---
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by extreme_hosts.py.
"""
_OVERLAY = """
for place in /etc /usr/lib/systemd/system; do
  mkdir -p /run/upper$place /run/work$place
  mount -t overlay -o lowerdir=$place,upperdir=/run/upper$place,workdir=/run/work$place overlay $place
done
mount -t tmpfs -o mode=755 tmpfs /usr/local/sbin
mkdir -p /etc/docker/certs.d/registry.example.org /etc/docker/tls /etc/sysconfig /etc/containerd /run/build
touch /etc/default/docker /etc/sysconfig/docker /etc/containerd/config.toml
for name in ca.crt client.key; do echo text > /etc/docker/certs.d/registry.example.org/$name; done
"""
_CARELESS = f"""
FROM {IMAGE}
ADD note /note
RUN true || apt-get update
RUN true || apt-get install -y curl
ENV DB_PASSWORD=hunter2
RUN printf '#!/bin/sh\\nsleep 3600\\n' > /bin/sshd && chmod 755 /bin/sshd
"""
_CAREFUL = f"""
FROM {IMAGE}
COPY note /note
USER 1000:1000
HEALTHCHECK CMD true
"""
_WORST_CONTAINERS: dict[str, list[str]] = {
    "shares-all": [
        "--cap-add=SYS_ADMIN", "--pid=host", "--ipc=host", "--uts=host", "--network=host", "--restart=always",
        "--security-opt=seccomp=unconfined", "--security-opt=no-new-privileges=false", "--volume=/etc:/host/etc",
        "--volume=/run/docker.sock:/sock", "--user=0:0", "--device=/dev/null:/dev/extra", "--cgroup-parent=/elsewhere",
        "--ulimit=nofile=512:1024",
    ],
    "open-ports": ["--publish=0.0.0.0:80:80", "--publish=8081:81"],
    "spreads": ["--mount=type=bind,source=/run/shared,target=/shared,bind-propagation=rshared"],
}  # fmt: skip
_BEST_CONTAINER = [
    "--memory=64m", "--memory-swap=64m", "--cpus=0.5", "--pids-limit=50", "--read-only", "--cap-drop=ALL",
    "--user=1000:1000", "--security-opt=no-new-privileges", "--restart=on-failure:3", "--network=apart",
    "--publish=127.0.0.1:8080:8080", "--health-cmd=true", "--volume=data:/data",
]  # fmt: skip
# Answers the engine's questions with yes; that it is asked is what counts.
_AUTHORISER = """
import http.server, json, os, socketserver
class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = {"Implements": ["authz"]} if self.path == "/Plugin.Activate" else {"Allow": True}
        text = json.dumps(body).encode()
        self.send_response(200); self.send_header("Content-Length", str(len(text))); self.end_headers()
        self.wfile.write(text)
    def address_string(self):
        return "engine"
    def log_message(self, *words):
        pass
os.makedirs("/run/docker/plugins", exist_ok=True)
class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
Server("/run/docker/plugins/authoriser.sock", Answer).serve_forever()
"""


def _done(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


def _shell(host: IsolatedHost, script: str) -> str:
    return _done(host.run("sh", "-ec", script))


def _build(host: IsolatedHost, name: str, text: str) -> None:
    host.write("/run/build/note", "note\n")
    host.write("/run/build/Dockerfile", text)
    _done(host.docker("build", "--tag", name, "/run/build"))


def worst() -> Judged:
    with IsolatedHost() as host:
        _shell(host, _OVERLAY)
        _shell(host, f"echo 'eve:x:{EVE}:{EVE}::/:/bin/false' >> /etc/passwd")
        _shell(host, "mkdir -p /run/shared && mount -t tmpfs tmpfs /run/shared && mount --make-shared /run/shared")
        # An aufs or a devicemapper driver is in no engine of today; all else that a daemon can do wrong.
        config = {
            "hosts": ["unix:///run/docker.sock", "tcp://0.0.0.0:2376"], "icc": True, "debug": True, "iptables": False,
            "insecure-registries": ["registry.example.org:5000"], "cgroup-parent": "/elsewhere",
            "no-new-privileges": False, "userland-proxy": True, "experimental": True, "log-driver": "none",
            "seccomp-profile": "/run/open.json", "tls": True, "tlsverify": False, **_certificates(host),
        }  # fmt: skip
        host.write("/run/open.json", json.dumps({"defaultAction": "SCMP_ACT_ALLOW"}))
        host.write("/etc/docker/daemon.json", json.dumps(config), 0o666)
        # Before the start: what changes afterwards, the daemon may not have read.
        _shell(
            host,
            f"""
            chown -R {EVE} /etc/docker /etc/default/docker /etc/sysconfig/docker /usr/lib/systemd/system/docker.*
            chmod 666 /etc/docker/tls/* /etc/default/docker /etc/sysconfig/docker /usr/lib/systemd/system/docker.* \\
              /etc/docker/certs.d/registry.example.org/*
            chmod 777 /etc/docker
        """,
        )
        host.start(keep_config=True)
        _build(host, "careless", _CARELESS)
        for name, options in _WORST_CONTAINERS.items():
            _done(host.docker("run", "--detach", "--name", name, *options, "careless", "sleep", "3600"))
        _done(host.docker("run", "--detach", "--name", "ssh", "careless", "/bin/sshd"))
        # It asks for a capability that a restricted machine does not have; created is enough.
        _done(host.docker("create", "--name", "privileged", "--privileged", "--userns=host", "careless", "sh"))
        for number in range(12):
            _done(host.docker("create", "--name", f"left-{number}", "careless", "sh"))
            host.write("/run/build/note", f"{number}\n")
            host.write("/run/build/Dockerfile", f"FROM {IMAGE}\nADD note /note\n")
            _done(host.docker("build", "--tag", f"left:{number}", "/run/build"))
        _done(host.docker("swarm", "init", "--advertise-addr", "127.0.0.1", "--cert-expiry", "87600h"))
        _done(host.docker("network", "create", "--driver", "overlay", "open"))
        service = ["--name", "careless", "--replicas", "0", "--env", "DB_PASSWORD=hunter2", "--no-resolve-image"]
        _done(host.docker("service", "create", "--detach", *service, IMAGE))
        _shell(
            host,
            f"""
            chown {EVE} /run/docker.sock /run/docker/containerd/containerd.sock
            chmod 666 /run/docker.sock /run/docker/containerd/containerd.sock
        """,
        )
        return quick_audit.audit(host, **{**POLICY, "minimum_engine_version": "999.0.0", "expected_swarm_managers": 3})


def _certificates(host: IsolatedHost) -> dict[str, str]:
    _shell(
        host,
        """
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \\
          -keyout /etc/docker/tls/key.pem -out /etc/docker/tls/cert.pem 2>/run/openssl.log
        cp /etc/docker/tls/cert.pem /etc/docker/tls/ca.pem
        chmod 400 /etc/docker/tls/key.pem /etc/docker/certs.d/registry.example.org/client.key
        chmod 444 /etc/docker/tls/c*.pem /etc/docker/certs.d/registry.example.org/ca.crt
    """,
    )
    return {option: f"/etc/docker/tls/{name}.pem" for option, name in
            {"tlscacert": "ca", "tlscert": "cert", "tlskey": "key"}.items()}  # fmt: skip


def _watch_all(host: IsolatedHost, judged: Judged) -> None:
    """Stands in for auditd, which this kernel may lack: auditctl names a watch for each thing that the host has."""
    targets = judged.posture["auditing"]["targets"].values()
    lines = [f"'-w {target['real_path']} -p wa -k docker'" for target in targets if target["present"]]
    script = f"""#!/bin/sh
case "$1" in
  -s) printf 'enabled 1\\nfailure 1\\npid 227\\nlost 0\\n' ;;
  -l) printf '%s\\n' {" ".join(lines)} ;;
esac
"""
    host.write("/usr/local/sbin/auditctl", script, 0o755)


def best(swarm: bool = False) -> Judged:
    with IsolatedHost() as host:
        _shell(host, _OVERLAY)
        _shell(host, "mount -t tmpfs -o mode=711 tmpfs /var/lib/docker")
        # The way to the server of logs.
        _shell(host, "ip link add lan type bridge; ip address add 192.0.2.2/24 dev lan; ip link set lan up")
        _shell(host, "echo dockremap:x:998:998::/:/bin/false >> /etc/passwd; echo dockremap:x:998: >> /etc/group")
        _shell(host, "for file in subuid subgid; do echo dockremap:500000:65536 >> /etc/$file; done")
        config = {
            "hosts": ["unix:///run/docker.sock", "tcp://127.0.0.1:2376"], "tlsverify": True, **_certificates(host),
            "icc": False, "log-level": "info", "live-restore": not swarm, "userland-proxy": False,
            "no-new-privileges": True, "userns-remap": "dockremap", "authorization-plugins": ["authoriser"],
            "default-ulimits": {"nofile": {"Name": "nofile", "Soft": 1024, "Hard": 2048},
                                "nproc": {"Name": "nproc", "Soft": 512, "Hard": 1024}},
            "log-driver": "syslog", "log-opts": {"syslog-address": "udp://192.0.2.1:514"},
        }  # fmt: skip
        authoriser = subprocess.Popen(host.command("/usr/bin/python3", "-c", _AUTHORISER))
        try:
            _shell(host, "while [ ! -S /run/docker/plugins/authoriser.sock ]; do sleep 0.1; done")
            host.start(config=config)
            _build(host, "registry.example.org/web:1", _CAREFUL)
            _done(host.docker("rmi", "--no-prune", IMAGE))
            _done(host.docker("network", "create", "apart"))
            if swarm:
                _swarm(host)
            else:
                _done(host.docker("run", "--detach", "--name", "web", *_BEST_CONTAINER,
                                  "registry.example.org/web:1", "sleep", "3600"))  # fmt: skip
            _shell(host, "chmod 660 /run/docker.sock /run/docker/containerd/containerd.sock")
            _watch_all(host, quick_audit.audit(host, **POLICY))
            return quick_audit.audit(host, **POLICY, swarm_expected=swarm)
        finally:
            host.stop()
            authoriser.kill()
            authoriser.wait()


def _swarm(host: IsolatedHost) -> None:
    for name, address in (("mgmt", "10.11.12.1"), ("data", "10.11.13.1")):
        _shell(host, f"ip link add {name} type bridge; ip address add {address}/24 dev {name}; ip link set {name} up")
    addresses = ["--advertise-addr=10.11.12.1", "--listen-addr=10.11.12.1:2377", "--data-path-addr=10.11.13.1"]
    _done(host.docker("swarm", "init", "--autolock", *addresses))
    # The network that the swarm makes for itself is not encrypted.
    _shell(host, "yes | docker network rm ingress")
    # The engine answers before it is gone.
    _shell(
        host,
        "for try in $(seq 300); do docker network inspect ingress >/dev/null 2>&1 || exit 0; sleep 0.1; done; exit 1",
    )
    _done(host.docker("network", "create", "--driver=overlay", "--opt=encrypted", "closed"))
    _shell(host, "echo text | docker secret create word -")
    service = ["--name=web", "--replicas=0", "--secret=word", "--network=closed", "--no-resolve-image"]
    _done(host.docker("service", "create", "--detach", *service, "registry.example.org/web:1"))


def seen() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = yaml.safe_load(SEEN.read_text(encoding="utf-8"))
    return found


def main() -> None:
    hosts = {"worst": worst(), "best": best(), "swarm": best(swarm=True)}
    lines = []
    for number, finding in hosts["worst"].findings.items():
        statuses = ", ".join(f"{name}: {judged.status(number)}" for name, judged in hosts.items())
        lines.append(f"{finding['rule']}: {{{statuses}}}")
    SEEN.write_text(_HEAD + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
