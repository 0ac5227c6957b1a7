# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host of the tests' own on this machine: a mount and network namespace with an engine on its usual paths.

Inside, /run, /var/lib/docker, /etc/docker, /etc/subuid and /etc/subgid are private, so an engine can be started,
broken and stopped without the machine's own engine noticing. The kernel and the control groups are the machine's, but a host
can see them as version 2, without the controllers that version 1 has on this machine.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import time
import typing as t
from pathlib import Path

IMAGE = "busybox:local"
_APPLETS = ("sh", "sleep", "cat", "rm", "ls", "id", "httpd", "touch", "echo", "top", "mkdir", "chmod")

# Run once inside the new namespaces. Everything lands on one private tmpfs.
_SETUP = """
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p "$STATE/docker" "$STATE/etc-docker" /var/lib/docker /etc/docker
chmod 711 "$STATE/docker"
mount --bind "$STATE/docker" /var/lib/docker
mount --bind "$STATE/etc-docker" /etc/docker
for file in subuid subgid passwd group; do
  cp "/etc/$file" "$STATE/$file"
  mount --bind "$STATE/$file" "/etc/$file"
done
ip link set lo up
if [ "$UNIFIED" ]; then
  umount -R /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi
touch "$STATE/ready"
exec sleep infinity
"""


class IsolatedHost:
    """Use as a context manager. ``run`` executes inside; ``start`` and ``stop`` are for the engine. ``unified`` means control
    groups of version 2."""

    def __init__(self, unified: bool = False) -> None:
        self._unified = unified
        # Not under the default temporary directory's symlinks or a user's home: the engine wants o+x above its data.
        self._directory = tempfile.TemporaryDirectory(prefix="seawall-host-", dir="/var/tmp")
        self.state = Path(self._directory.name)
        self.state.chmod(0o755)
        self._holder: subprocess.Popen[bytes] | None = None
        self._daemon: subprocess.Popen[bytes] | None = None
        self.log = self.state / "dockerd.log"

    def __enter__(self) -> IsolatedHost:
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "--net", "sh", "-c", _SETUP],
            env={**os.environ, "STATE": str(self.state), "UNIFIED": "yes" if self._unified else ""},
            start_new_session=True,
        )
        self._wait((self.state / "ready").exists, 10, "the namespaces are not ready")
        return self

    def __exit__(self, *_unused: object) -> None:
        try:
            self.stop()
        finally:
            if self._holder is not None:
                self._holder.kill()
                self._holder.wait()
            with contextlib.suppress(OSError):
                shutil.rmtree(self.state / "docker", ignore_errors=True)
            self._directory.cleanup()

    def command(self, *arguments: str) -> list[str]:
        """The command line that runs ``arguments`` inside."""
        assert self._holder is not None
        return ["nsenter", "--target", str(self._holder.pid), "--mount", "--net", "--", *arguments]

    def run(self, *arguments: str, **options: t.Any) -> subprocess.CompletedProcess[str]:
        """Run a command inside and return what it said; its status is the caller's to judge."""
        options.setdefault("timeout", 300)
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, check=False, **options)

    def write(self, path: str, content: str, mode: int = 0o644) -> None:
        """Put a file inside, for paths that exist only there."""
        script = f"umask 077; cat > {shlex.quote(path)} && chmod {mode:o} {shlex.quote(path)}"
        done = self.run("sh", "-c", script, input=content)
        assert done.returncode == 0, done.stderr

    def start(
        self,
        *flags: str,
        config: dict[str, t.Any] | str | None = None,
        images: bool = True,
        keep_config: bool = False,
    ) -> None:
        """Start dockerd on the usual paths and wait until it answers. Raises RuntimeError with its log where it does not.

        ``keep_config`` leaves the daemon.json that a test wrote.
        """
        if keep_config:
            time.sleep(0.05)
        else:
            self.run("rm", "-f", "/etc/docker/daemon.json")
        if config is not None:
            self.write("/etc/docker/daemon.json", config if isinstance(config, str) else json.dumps(config))
            # The file must be older than the daemon by more than the clock's grain.
            time.sleep(0.05)
        with self.log.open("wb") as log:
            self._daemon = subprocess.Popen(
                self.command("dockerd", *flags),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._wait(self.answers, 60, "dockerd does not answer")
        if images:
            self._import_image()

    def stop(self) -> None:
        """Stop the engine with its containers. Two threads may do so at once, where one ends what the other one meddles with."""
        daemon = self._daemon
        if daemon is None:
            return
        pid = self.daemon_pid()
        with contextlib.suppress(Exception):
            self.docker("sh", "-c", "docker ps -q | xargs -r docker kill")
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        try:
            daemon.wait(30)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(daemon.pid, signal.SIGKILL)
            daemon.wait()
        self._daemon = None

    def daemon_pid(self) -> int | None:
        text = self.run("cat", "/run/docker.pid").stdout.strip()
        return int(text) if text.isdigit() else None

    @property
    def socket_path(self) -> str:
        """The engine's socket as seen from outside, through the daemon's root."""
        assert self._holder is not None
        return f"/proc/{self._holder.pid}/root/run/docker.sock"

    def docker(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A docker command line, or with ``sh`` first any command, inside."""
        return self.run(*(arguments if arguments[0] == "sh" else ("docker", *arguments)))

    def container(self, name: str, *options: str, command: t.Sequence[str] = ("sleep", "3600")) -> str:
        """Start a container and return its id. It is ended a second after it was asked; Docker itself waits ten."""
        done = self.docker("run", "--detach", "--name", name, "--stop-timeout", "1", *options, IMAGE, *command)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def answers(self) -> bool:
        if self._daemon is not None and self._daemon.poll() is not None:
            tail = self.log.read_text(encoding="utf-8", errors="replace")[-1500:]
            raise RuntimeError(f"dockerd ended with status {self._daemon.returncode}:\n{tail}")
        connection = http.client.HTTPConnection("localhost", timeout=2)
        try:
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.settimeout(2)
            connection.sock.connect(self.socket_path)
            connection.request("GET", "/_ping")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def _import_image(self) -> None:
        archive = self.state / "busybox.tar"
        if not archive.exists():
            with tarfile.open(archive, "w") as tar:
                tar.add(t.cast(str, shutil.which("busybox")), "bin/busybox")
                for applet in _APPLETS:
                    link = tarfile.TarInfo(f"bin/{applet}")
                    link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                    tar.addfile(link)
                for directory in ("etc", "tmp", "dev", "proc", "sys"):
                    entry = tarfile.TarInfo(directory)
                    entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                    tar.addfile(entry)
        done = self.docker("import", str(archive), IMAGE)
        assert done.returncode == 0, done.stderr

    @staticmethod
    def _wait(holds: t.Callable[[], bool], seconds: float, otherwise: str) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{otherwise} after {seconds:g} seconds")
            time.sleep(0.1)
