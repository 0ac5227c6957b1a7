# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registries inside a host of the tests' own: Debian's docker-registry, with TLS and passwords, and skopeo, which tells
their digests without the engine. The packages are unpacked below .build; nothing is installed on the machine."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import time
import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost
from ansible_collections.seawall.docker.tests.support.packages import unpacked

# skopeo is linked with the last one, which not every machine has.
_PACKAGES = ("docker-registry", "skopeo", "libgpgme11")
# Of the host itself, but not on loopback, where engines look at no certificate.
ADDRESS = "10.77.0.1"
USER, PASSWORD = "bot", "registry-password-not-for-reports"
# As clients write it into their files.
CREDENTIALS = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
# Of the password above, at the least cost.
_HTPASSWD = "bot:$2b$04$x/bNgmu9AkAS.BUjfOn/g.d5iBwsGv0qERBBOR02uCitbYTovTkc6\n"


EXPIRED = "2021-01-01T00:00:00Z"


def tree() -> Path:
    """Return the folder with the unpacked packages. Raises RuntimeError where apt does not have them."""
    return unpacked("registry", *_PACKAGES)


def make_authority(folder: Path) -> None:
    """Make an authority (ca.crt) in the folder, and by it two certificates of the address: good, and old, which expired."""
    _openssl(
        folder,
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "ca.key",
        "-out",
        "ca.crt",
        "-days",
        "30",
        "-subj",
        "/CN=ca",
    )
    (folder / "names").write_text(f"subjectAltName=IP:{ADDRESS}\n", encoding="utf-8")
    (folder / "index").write_text("", encoding="utf-8")
    (folder / "ca.cnf").write_text(
        "[ca]\ndefault_ca=a\n[a]\ndatabase=index\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n",
        encoding="utf-8",
    )
    for name, start, end in (
        ("good", "20260101000000Z", "20490101000000Z"),
        ("old", "20200101000000Z", "20210101000000Z"),
    ):
        _openssl(
            folder,
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            f"{name}.key",
            "-out",
            f"{name}.csr",
            "-subj",
            f"/CN={name}",
        )
        _openssl(
            folder,
            *("ca", "-batch", "-config", "ca.cnf", "-cert", "ca.crt", "-keyfile", "ca.key", "-extfile", "names"),
            *("-startdate", start, "-enddate", end, "-in", f"{name}.csr", "-out", f"{name}.crt", "-notext"),
        )


def _openssl(folder: Path, *words: str) -> None:
    done = subprocess.run(["openssl", *words], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


class Registries:
    """Registries of one host, by port. Use as a context manager, which ends them."""

    def __init__(self, host: IsolatedHost) -> None:
        self.folder = host.state / "registries"
        self.folder.mkdir()
        make_authority(self.folder)
        self._host = host
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        assert host.run("ip", "address", "add", f"{ADDRESS}/32", "dev", "lo").returncode == 0

    def __enter__(self) -> Registries:
        return self

    def __exit__(self, *_unused: object) -> None:
        for port in list(self._running):
            self.stop(port)

    def stop(self, port: int) -> None:
        process = self._running.pop(port)
        process.kill()
        process.wait()

    @property
    def images(self) -> Path:
        """The folder with the images of all registries."""
        return self.folder / "images"

    def start(self, port: int, certificate: str | None = None, password: bool = False) -> None:
        """Start one, with TLS if a certificate is named, and wait until it listens. All have the same images. Where a password
        is asked for, it is that of ``USER``."""
        config: dict[str, t.Any] = {
            "version": "0.1",
            "log": {"level": "error"},
            "storage": {"filesystem": {"rootdirectory": str(self.images)}},
            "http": {"addr": f"{ADDRESS}:{port}"},
        }
        if certificate is not None:
            config["http"]["tls"] = {
                kind: str(self.folder / f"{certificate}.{end}")
                for kind, end in (("certificate", "crt"), ("key", "key"))
            }
        if password:
            (self.folder / "htpasswd").write_text(_HTPASSWD, encoding="utf-8")
            config["auth"] = {"htpasswd": {"realm": "registry", "path": str(self.folder / "htpasswd")}}
        written = self.folder / f"{port}.yml"
        # Its YAML is a superset of JSON.
        written.write_text(json.dumps(config), encoding="utf-8")
        program = str(tree() / "usr/bin/docker-registry")
        log = (self.folder / f"{port}.log").open("wb")
        with log:
            process = subprocess.Popen(self._host.command(program, "serve", str(written)), stdout=log, stderr=log)
        self._running[port] = process
        deadline = time.monotonic() + 30
        while self._host.run("bash", "-c", f": > /dev/tcp/{ADDRESS}/{port}").returncode != 0:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"no registry at port {port}: {(self.folder / f'{port}.log').read_text('utf-8')}")
            time.sleep(0.05)

    def skopeo(self, *words: str) -> str:
        """What skopeo says, which asks a registry itself. It trusts the authority of these registries."""
        libraries = next((tree() / "usr/lib").glob("*-linux-gnu*"))
        done = self._host.run(
            str(tree() / "usr/bin/skopeo"),
            *words,
            env={
                **os.environ,
                "LD_LIBRARY_PATH": str(libraries),
                "SSL_CERT_FILE": str(self.folder / "ca.crt"),
                "HOME": str(self.folder),
            },
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def digest(self, name: str, *words: str) -> str:
        """The digest of a tag, by the word of skopeo."""
        return self.skopeo("inspect", "--no-tags", "--format", "{{.Digest}}", *words, f"docker://{name}")
