# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine that keeps its images in containerd, where ids and digests mean something else: a registry decides the same there."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.seawall.docker.tests.support import registry
from ansible_collections.seawall.docker.tests.support.lab_host import CONFIG, IMAGE, LabHost, LabHosts
from ansible_collections.seawall.docker.tests.support.quick_audit import Judged

REPOSITORY = "localhost:5000/web"
_REGISTRY = {
    "version": "0.1",
    "log": {"level": "error"},
    "storage": {"filesystem": {"rootdirectory": "/var/lib/lab/registry/images"}},
    "http": {"addr": "127.0.0.1:5000"},
}
# Somebody else moves tag 2 to the image of tag 3, and pushes an index of several platforms. Prints the digests of all tags.
_ELSEWHERE = """
import json, urllib.request
KINDS = "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json"
def ask(tag, content=None, kind=None, method=None):
    headers = {"Accept": ", ".join(KINDS)} if content is None else {"Content-Type": kind}
    address = "http://localhost:5000/v2/web/manifests/" + tag
    with urllib.request.urlopen(urllib.request.Request(address, content, headers, method=method)) as answer:
        return answer.read(), answer.headers["Docker-Content-Digest"]
content, digest = ask("3")
ask("2", content, KINDS[0], "PUT")
entry = {"mediaType": KINDS[0], "digest": digest, "size": len(content), "platform": {"architecture": "amd64", "os": "linux"}}
ask("index", json.dumps({"schemaVersion": 2, "mediaType": KINDS[1], "manifests": [entry]}).encode(), KINDS[1], "PUT")
print(json.dumps({tag: ask(tag)[1] for tag in ("1", "2", "3", "index")}))
"""


@pytest.fixture(scope="module")
def host(lab: LabHosts) -> t.Iterator[LabHost]:
    """An engine with another image store, and a registry beside it."""
    host = lab.get("sid")[0]
    host.write(CONFIG, json.dumps({"features": {"containerd-snapshotter": True}}))
    host.service("restart")
    host.docker("import", "/var/lib/lab/busybox.tar", IMAGE)
    host.write("/var/lib/lab/registry/program", (registry.tree() / "usr/bin/docker-registry").read_bytes(), 0o755)
    host.write("/var/lib/lab/registry/config.yml", json.dumps(_REGISTRY))
    # It listens a moment after it was started.
    host.shell(
        "cd /var/lib/lab/registry; ./program serve config.yml > log 2>&1 & echo $! > /var/lib/lab/registry/pid; "
        "for try in $(seq 100); do bash -c ': > /dev/tcp/127.0.0.1/5000' 2>/dev/null && exit 0; sleep 0.1; done; cat log; exit 1"
    )
    yield host
    host.shell("kill $(cat /var/lib/lab/registry/pid); rm -rf /var/lib/lab/registry")
    host.reset()


def test_the_id_of_an_image_is_its_digest_in_the_store_of_containerd(host: LabHost) -> None:
    for tag in ("1", "2", "3"):
        host.docker("tag", IMAGE, f"{REPOSITORY}:{tag}")
        host.docker("push", "--quiet", f"{REPOSITORY}:{tag}")
        host.docker("create", "--name", f"of-{tag}", f"{REPOSITORY}:{tag}", "true")
    # Tag 3 moves on this host as well, and then nothing here knows the former image by its digest.
    host.docker("commit", "--change", "LABEL a=b", "of-1", f"{REPOSITORY}:3")
    host.docker("push", "--quiet", f"{REPOSITORY}:3")
    witness = json.loads(host.run("python3", "-", stdin=_ELSEWHERE).stdout)
    host.docker("pull", "--quiet", f"{REPOSITORY}:index")
    host.docker("create", "--name", "of-index", f"{REPOSITORY}:index", "true")
    host.docker("create", "--name", "of-digest", f"{REPOSITORY}@{witness['1']}", "true")

    wanted = {"registry_check": True, "gather_subset": ["daemon", "containers", "images"]}
    judged = Judged(host.module("posture_info", wanted)["posture"])

    assert judged.posture["daemon"]["info"]["image_store"] == "containerd"
    assert {one["reference"]: one["digest"] for one in judged.posture["registry_tags"]} == {
        f"{REPOSITORY}:{tag}": digest for tag, digest in witness.items()
    }
    # What containerd calls an image is the engine's own normal form of its name.
    names = host.shell(
        "ctr --address /run/docker/containerd/containerd.sock --namespace moby images list --quiet"
    ).split()
    assert "docker.io/library/busybox:local" in names
    references = {one["name"]: one["image_reference"] for one in judged.posture["containers"]}
    assert references.pop("of-digest") == f"{REPOSITORY}@{witness['1']}"
    assert set(references.values()) <= {*names}
    assert judged.container("of-1")["image_id"] == witness["1"]
    assert judged.container("of-index")["image_id"] == witness["index"] != witness["3"]
    assert judged.verdicts("5.28") == {
        "of-1": "pass",
        "of-2": "fail",
        "of-3": "fail",
        "of-index": "pass",
        "of-digest": "manual",
    }
    assert "in the registry" in str(judged.findings["5.28"]), judged.findings["5.28"]
