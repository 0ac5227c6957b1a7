# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine behind tcp://, TLS and ssh://: the API decides, and files of its host are said to be out of reach."""

from __future__ import annotations

import shutil
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.integration.conftest import Audit, run_audit
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

CERTIFICATES = r"""
set -e
cd "$1"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca-key.pem -out ca.pem -subj /CN=lab-ca 2>/dev/null
for name in server client stranger; do
  openssl req -newkey rsa:2048 -nodes -keyout $name-key.pem -out $name.csr -subj /CN=$name 2>/dev/null
  printf 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n' > $name.ext
  openssl x509 -req -days 2 -in $name.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -extfile $name.ext \
    -out $name-cert.pem 2>/dev/null
done
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout other-key.pem -out other-ca.pem -subj /CN=other 2>/dev/null
"""

# A server of the tests' own behind 127.0.0.1:2222 of the namespace, with root's SSH folder replaced for the duration.
SSH = r"""
set -e
mkdir -p /root/.ssh /run/sshd
mount -t tmpfs -o mode=700 tmpfs /root/.ssh
ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
ssh-keygen -q -t ed25519 -N '' -f /run/host_key
cp /root/.ssh/id_ed25519.pub /root/.ssh/authorized_keys
printf '[127.0.0.1]:2222 %s\n' "$(cut -d' ' -f1,2 /run/host_key.pub)" > /root/.ssh/known_hosts
$(command -v sshd || echo /usr/sbin/sshd) -p 2222 -h /run/host_key -o ListenAddress=127.0.0.1 -o PidFile=/run/sshd.pid \
  -o UsePAM=no -o StrictModes=no
"""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def remote_host(host: IsolatedHost, certificates: Path) -> IsolatedHost:
    done = host.run("sh", "-c", CERTIFICATES, "sh", str(certificates))
    assert done.returncode == 0, done.stderr
    host.start(
        "-H=unix:///run/docker.sock",
        "-H=tcp://127.0.0.1:2376",
        "--tlsverify",
        f"--tlscacert={certificates}/ca.pem",
        f"--tlscert={certificates}/server-cert.pem",
        f"--tlskey={certificates}/server-key.pem",
    )
    host.container("privileged", "--cap-add=SYS_ADMIN", "--network=none")
    return host


def remote_audit(host: IsolatedHost, work: Path, status: int = 0, **variables: t.Any) -> Audit:
    """``status`` is 2 where the engine is not reached: of one on another host, nothing is judged then."""
    done = run_audit(work, command=host.command, variables=variables)
    assert done.status == status, done.output
    assert ("could not be judged at all" in done.output) is (status != 0)
    assert "Traceback" not in done.output
    return done


def tls_options(certificates: Path, client: str = "client", authority: str = "ca.pem") -> dict[str, t.Any]:
    return {
        "audit_docker_host": "tcp://127.0.0.1:2376",
        "audit_validate_certs": True,
        "audit_ca_path": str(certificates / authority),
        "audit_client_cert": str(certificates / f"{client}-cert.pem"),
        "audit_client_key": str(certificates / f"{client}-key.pem"),
    }


def assert_judged_by_the_api_alone(audit: Audit) -> None:
    assert audit.host()["engine"]["state"] == "running", audit.host()["engine"]["reason"]
    assert audit.verdicts("5.4") == {"privileged": "fail"}
    assert audit.verdicts("5.10") == {"privileged": "pass"}
    assert audit.finding("2.6")["status"] == "pass"
    # Files of the engine's host, and what only the kernel there shows, are unknown and say why.
    for number in ("2.17", "3.5", "3.17"):
        finding = audit.finding(number)
        assert finding["status"] == "unknown", finding
        assert "remote" in str(finding["reason"])


def test_tls_with_a_client_certificate(remote_host: IsolatedHost, certificates: Path, tmp_path: Path) -> None:
    assert_judged_by_the_api_alone(remote_audit(remote_host, tmp_path, **tls_options(certificates)))


def test_the_daemon_itself_is_seen_to_demand_certificates(remote_host: IsolatedHost, tmp_path: Path) -> None:
    assert remote_audit(remote_host, tmp_path).finding("2.8")["status"] == "pass"


def test_an_engine_with_a_certificate_of_another_authority_is_not_trusted(
    remote_host: IsolatedHost, certificates: Path, tmp_path: Path
) -> None:
    audit = remote_audit(remote_host, tmp_path, 2, **tls_options(certificates, authority="other-ca.pem"))
    assert audit.host()["engine"]["state"] == "unreachable"
    assert "certificate verify failed" in audit.host()["engine"]["reason"]
    assert audit.finding("5.4")["status"] == "unknown"


def test_half_a_client_certificate_is_said_to_be_half(
    remote_host: IsolatedHost, certificates: Path, tmp_path: Path
) -> None:
    options = {**tls_options(certificates), "audit_client_key": ""}
    audit = remote_audit(remote_host, tmp_path, 2, **options)
    assert "client_cert and client_key belong together" in audit.host()["engine"]["reason"]


def test_ssh(remote_host: IsolatedHost, tmp_path: Path) -> None:
    assert shutil.which("sshd", path="/usr/sbin:/usr/bin"), "openssh-server is needed; tests/prepare.py installs it"
    done = remote_host.run("sh", "-c", SSH)
    assert done.returncode == 0, done.stderr
    try:
        audit = remote_audit(remote_host, tmp_path, audit_docker_host="ssh://root@127.0.0.1:2222")
        assert_judged_by_the_api_alone(audit)
    finally:
        remote_host.run("sh", "-c", "kill $(cat /run/sshd.pid)")


def test_nobody_there(remote_host: IsolatedHost, tmp_path: Path) -> None:
    audit = remote_audit(remote_host, tmp_path, 2, audit_docker_host="tcp://127.0.0.1:1", audit_timeout=3)
    assert audit.host()["engine"]["state"] == "unreachable"
    assert audit.host()["engine"]["reason"].startswith("cannot use the engine at tcp://127.0.0.1:1: ")


def test_an_address_that_is_none(remote_host: IsolatedHost, tmp_path: Path) -> None:
    audit = run_audit(tmp_path, command=remote_host.command, variables={"audit_docker_host": "localhost:2375"})
    assert audit.status == 2
    assert "is no address; use unix:///path, tcp://host:port or ssh://user@host" in audit.output
