# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What containers are seen to need, on a real engine: each fact against what the container was made to do."""

from __future__ import annotations

import json
import sys
import typing as t

import pytest

from ansible_collections.seawall.docker.tests.support.examples import Ran, contradictions, playbook, recorded
from ansible_collections.seawall.docker.tests.support.isolated_host import IMAGE, IsolatedHost

from .conftest import BIN, run_in

Result = dict[str, t.Any]
SECRET = "correct-horse-7193"
# It listens, keeps a device and a file open, and writes in a new directory, beside files of the image, and on a volume.
BUSY = (
    "mkdir -p /made/inner && echo x > /made/inner/file && echo x > /bin/beside && echo x > /data/volume"
    " && exec 7>/tmp/open 8</dev/fuse && rm /tmp/open && busybox httpd -f -p 8080"
)


# Options that the sample of the documentation has, each once.
MANY = (
    *("--user", "1234:5678", "--workdir", "/srv", "--stop-signal", "SIGQUIT", "--hostname", "front"),
    *("--add-host", "db:192.0.2.7", "--dns", "192.0.2.53", "--group-add", "44", "--volumes-from", "busy"),
    *("--sysctl", "net.core.somaxconn=1024", "--log-opt", "max-size=1m", "--entrypoint", "sleep"),
    *("--network", "shop", "--network-alias", "front-alias", "--tmpfs", "/tmp:size=64m"),
)
MAPS = frozenset(
    f"container_needs_info.containers[].{name}"
    for name in ("unread", "definition.tmpfs", "definition.sysctls", "definition.aliases")
)


def make_containers(host: IsolatedHost) -> None:
    host.docker("network", "create", "shop")
    host.container(
        "busy",
        *("--network", "none", "--volume", "/data", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--cap-add", "NET_RAW"),
        *("--device", "/dev/fuse", "--env", f"DB_PASSWORD={SECRET}", "--label", f"team={SECRET}"),
        command=("sh", "-c", BUSY),
    )
    host.container("user", *MANY, command=("3600",))
    labels = ("project=shop", "service=web", "project.config_files=/a.yml,/b.yml", "project.working_dir=/srv")
    words = [word for one in labels for word in ("--label", f"com.docker.compose.{one}")]
    host.container("web", *words, command=("sh", "-c", f"TOKEN={SECRET} sleep 3600"))
    host.docker("create", "--name", "stopped", IMAGE, "sleep", "1")
    host.docker("run", "--name", "ended", "--network", "none", IMAGE, "touch", "/tmp/x")
    host.docker("sh", "-c", "until docker exec busy ls /bin/beside; do sleep 0.1; done")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[list[Ran]]:
    """What the module's examples, and one more task, return of five containers."""
    work = tmp_path_factory.mktemp("needs")
    more = [
        {"seawall.docker.container_needs_info": {"containers": ["busy", "user", "web", "stopped", "ended", "nobody"]}}
    ]
    path = playbook("container_needs_info", work / "examples.yml", more)
    with IsolatedHost() as host, pytest.MonkeyPatch.context() as patch:
        host.start()
        make_containers(host)
        results = recorded(patch, work / "results.jsonl")
        variables = json.dumps({"ansible_python_interpreter": sys.executable})
        words = [str(BIN / "ansible-playbook"), "-i", "web1,", "-c", "local", "-e", variables, str(path)]
        done = run_in(work, host.command(*words))
        assert done.returncode == 0 and "changed=0" in done.stdout, done.stdout + done.stderr
        yield results()


@pytest.fixture(scope="module")
def seen(ran: list[Ran]) -> Result:
    return [one.result for one in ran if one.action == "seawall.docker.container_needs_info"][-1]


def test_what_is_returned_is_what_is_documented(ran: list[Ran]) -> None:
    assert not (found := contradictions("container_needs_info", ran, MAPS)), "\n".join(found)


def of(seen: Result, name: str) -> Result:
    return next(one for one in seen["containers"] if one["name"] == name)


def test_the_evidence_is_what_the_container_does(seen: Result) -> None:
    busy = of(seen, "busy")
    assert busy["unread"] == {} and not seen["changed"]
    assert busy["capabilities"] == ["NET_RAW"]
    assert busy["ports"] == [{"port": 8080, "protocol": "tcp"}]
    assert busy["devices"] == ["/dev/fuse"]
    assert busy["written"]["paths"] == ["/bin/beside", "/made/inner/file"]
    # A directory that it made itself is not there when it is made anew: only the one above is.
    assert busy["written"]["directories"] == [{"path": "/", "image_content": True}]
    assert seen["missing"] == ["nobody"]


def test_users_are_those_of_the_container(seen: Result) -> None:
    assert of(seen, "user")["users"] == [{"uid": 1234, "gid": 5678, "host_uid": 1234, "processes": 1}]
    assert of(seen, "user")["capabilities"] == [] and of(seen, "user")["definition"]["hostname"] == "front"


def test_no_value_that_may_be_secret_leaves_the_host(seen: Result) -> None:
    assert SECRET not in json.dumps(seen)
    assert of(seen, "busy")["definition"]["environment_names"] == ["DB_PASSWORD"]
    assert of(seen, "busy")["definition"]["label_names"] == ["team"]
    assert of(seen, "web")["definition"]["masked_words"] == 1


def test_a_container_of_compose_names_its_files(seen: Result) -> None:
    project = {"project": "shop", "service": "web", "directory": "/srv", "files": ["/a.yml", "/b.yml"]}
    assert of(seen, "web")["compose"] == project and of(seen, "busy")["compose"] is None


def test_of_one_that_does_not_run_the_rest_stays_unknown(seen: Result) -> None:
    stopped = of(seen, "stopped")
    assert stopped["running"] is False and stopped["definition"]["command"] == ["sleep", "1"]
    assert stopped["unread"] == {
        **dict.fromkeys(("capabilities", "users", "ports", "devices"), "the container does not run"),
        "written": "the container never ran",
    }
    ended = of(seen, "ended")
    assert ended["written"]["paths"] == ["/tmp/x"]
    assert ended["written"]["open_files_unread"] == "the container does not run"
