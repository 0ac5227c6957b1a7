# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers of images from real registries: with TLS, with a password, with a certificate that expired, and without TLS."""

from __future__ import annotations

import json
import shutil
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.tests.integration.conftest import Audit, run_audit
from ansible_collections.seawall.docker.tests.support import registry
from ansible_collections.seawall.docker.tests.support.isolated_host import IMAGE, IsolatedHost

GOOD, OLD, PRIVATE, PLAIN = (f"{registry.ADDRESS}:{port}" for port in (5000, 5001, 5002, 5003))


class Seen(t.NamedTuple):
    """An audit, its posture, and the digests of tags by the word of skopeo."""

    audit: Audit
    posture: dict[str, t.Any]
    witness: dict[str, str]

    def judged(self, number: str) -> dict[str, t.Any]:
        document = evaluate(self.posture, load_benchmark("supply-chain-1"), policy_with({}), "host")
        return next(one for one in document["findings"] if one["number"] == number)

    def tag(self, reference: str) -> dict[str, t.Any]:
        return next(one for one in self.posture["registry_tags"] if one["reference"] == reference)


def done(host: IsolatedHost, *words: str) -> str:
    ran = host.docker(*words)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def shipped(host: IsolatedHost, name: str, *options: str, image: str = IMAGE) -> None:
    """Push an image under a name."""
    done(host, "tag", image, name)
    done(host, *options, "push", name)


@pytest.fixture(name="seen", scope="module")
def _seen(host: IsolatedHost, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Seen]:
    work = tmp_path_factory.mktemp("work")
    login = ("--config", str(work / "login"))
    with registry.Registries(host) as registries:
        for address in (GOOD, OLD, PRIVATE):
            host.run("mkdir", "-p", f"/etc/docker/certs.d/{address}")
            host.run("cp", str(registries.folder / "ca.crt"), f"/etc/docker/certs.d/{address}/ca.crt")
        host.run("cp", str(registries.folder / "old.crt"), f"/etc/docker/certs.d/{OLD}/former.crt")
        registries.start(5000, "good")
        registries.start(5001, "good")
        registries.start(5002, "good", password=True)
        registries.start(5003)
        host.start("--insecure-registry", PLAIN)
        try:
            done(host, *login, "login", "--username", registry.USER, "--password", registry.PASSWORD, PRIVATE)
            # A user of the engine who logged in.
            shutil.copytree(work / "login", work / "carol" / ".docker")
            group = host.run("getent", "group", "docker").stdout.split(":")[2]
            host.run("sh", "-c", f"echo carol:x:4321:{group}::{work}/carol:/bin/sh >> /etc/passwd")
            done(host, "create", "--name", "other", IMAGE, "true")
            label = f"LABEL registry.password={registry.PASSWORD}"
            check = f"HEALTHCHECK CMD wget --password={registry.PASSWORD} http://localhost/"
            done(host, "commit", "--change", label, "--change", check, "other", "other:local")
            for name in (f"{GOOD}/web:1", f"{GOOD}/web:2", f"{GOOD}/gone:1", f"{OLD}/web:1", f"{PLAIN}/web:1"):
                shipped(host, name)
            shipped(host, f"{PRIVATE}/web:1", *login)
            shipped(host, f"{GOOD}/web:3", image="other:local")
            done(host, "tag", IMAGE, f"{GOOD}/built-here:1")
            pinned = f"{GOOD}/web@{registries.digest(f'{GOOD}/web:1')}"
            done(host, "pull", pinned)
            for name, image in {
                "current": f"{GOOD}/web:1",
                "moved": f"{GOOD}/web:2",
                "gone": f"{GOOD}/gone:1",
                "expired": f"{OLD}/web:1",
                "private": f"{PRIVATE}/web:1",
                "plain": f"{PLAIN}/web:1",
                "built": f"{GOOD}/built-here:1",
                "pinned": pinned,
            }.items():
                done(host, "create", "--name", name, image, "true")
            # Somebody else moves a tag and takes another away, and a certificate expires.
            registries.skopeo("--insecure-policy", "copy", f"docker://{GOOD}/web:3", f"docker://{GOOD}/web:2")
            shutil.rmtree(registries.images / "docker/registry/v2/repositories/gone/_manifests/tags/1")
            registries.stop(5001)
            registries.start(5001, "old")
            audit = run_audit(
                work,
                "-vvv",
                command=host.command,
                variables={
                    "audit_registry_check": True,
                    "audit_keep_postures": True,
                    "audit_report_formats": ["json", "html", "csv", "openvex"],
                },
            )
            assert audit.status == 0, audit.output
            witness = {name: registries.digest(name) for name in (f"{GOOD}/web:1", f"{GOOD}/web:2")}
            witness[f"{PLAIN}/web:1"] = registries.digest(f"{PLAIN}/web:1", "--tls-verify=false")
            posture = json.loads((audit.reports / "postures" / "localhost.json").read_text(encoding="utf-8"))
            yield Seen(audit, posture, witness)
        finally:
            host.stop()


def test_the_registry_decides_whether_a_container_is_current(seen: Seen) -> None:
    assert seen.audit.verdicts("5.28") == {
        "current": "pass",
        "moved": "fail",
        "gone": "manual",
        "expired": "unknown",
        "private": "unknown",
        "plain": "pass",
        "built": "unknown",
        "pinned": "manual",
        "other": "unknown",
    }
    reasons = {one["name"]: one["reason"] for one in seen.audit.finding("5.28")["subjects"]}
    assert "certificate has expired" in reasons["expired"]
    found = {one["name"]: one["found"] for one in seen.audit.finding("5.28")["subjects"]}
    assert found["moved"]["digest in the registry"] == seen.witness[f"{GOOD}/web:2"]
    assert "digest in the registry" not in found["private"]
    assert "no basic auth credentials" in reasons["private"]
    assert "no image of this repository was pulled or pushed" in reasons["built"]
    assert "without credentials" in reasons["gone"]


def test_the_digests_are_those_that_skopeo_sees(seen: Seen) -> None:
    assert {name: seen.tag(name)["digest"] for name in seen.witness} == seen.witness
    assert len(set(seen.witness.values())) == 2
    assert seen.tag(f"{GOOD}/gone:1")["digest"] is None


def test_the_registry_without_tls_is_found(seen: Seen) -> None:
    finding = seen.audit.finding("2.5")
    assert finding["status"] == "fail" and PLAIN in str(finding), finding


def test_the_certificate_that_expired_is_found(seen: Seen) -> None:
    finding = seen.judged("1.4")
    verdicts = {one["name"].removeprefix("/etc/docker/certs.d/"): one["verdict"] for one in finding["subjects"]}
    wanted = {
        f"{GOOD}/ca.crt": "pass",
        f"{OLD}/ca.crt": "pass",
        f"{OLD}/former.crt": "fail",
        f"{PRIVATE}/ca.crt": "pass",
    }
    assert verdicts == wanted, finding
    entry = next(one for one in seen.posture["files"] if one["path"].endswith("former.crt"))
    assert entry["expires_at"] == registry.EXPIRED


def test_the_login_of_a_user_of_the_engine_is_found(seen: Seen) -> None:
    (subject,) = [one for one in seen.judged("4.2")["subjects"] if "/carol/" in one["name"]]
    assert subject["verdict"] == "fail"
    assert subject["found"]["credentials"] == [{"section": "auths", "name": PRIVATE, "kind": "password"}]


def test_credentials_in_an_image_that_run_nothing_are_found(seen: Seen) -> None:
    image = next(one for one in seen.posture["images"] if f"{GOOD}/web:3" in one["tags"])
    suspects = {(one["kind"], one["name"]) for one in image["secret_suspects"]}
    assert {("label", "registry.password"), ("health_check", "password")} <= suspects
    (subject,) = [one for one in seen.judged("3.2")["subjects"] if one["id"] == image["id"]]
    assert subject["verdict"] == "fail"


def test_the_password_of_the_private_registry_is_nowhere(seen: Seen) -> None:
    files = [path for path in seen.audit.reports.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".json", ".html", ".csv"}
    written = "".join(path.read_text(encoding="utf-8") for path in files)
    assert "web:1" in written
    for secret in (registry.PASSWORD, registry.CREDENTIALS):
        assert secret not in written and secret not in seen.audit.output
