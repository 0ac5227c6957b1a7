# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the other tests of this folder stand on: a host that was spoilt is a default installation again."""

from __future__ import annotations

from ansible_collections.seawall.docker.tests.support.lab_host import CONFIG, LabHost, on_each

SPOIL = """
set -e
useradd -r dockremap
echo dockremap:100000:65536 | tee -a /etc/subuid >> /etc/subgid
mkdir -p /etc/systemd/system/docker.service.d
echo DOCKER_OPTS=--debug > /etc/default/docker
chmod 0777 /etc/docker
docker network create extra
docker volume create kept
docker run -d --name web --restart always -p 8080:80 busybox:local sleep 3600
docker run -d --name held busybox:local sleep 3600
docker pause held
echo '{"nonsense": 1}' > /etc/docker/daemon.json
touch /etc/docker/other
pkill -KILL -x dockerd
"""


def state(host: LabHost) -> list[str]:
    """What the tests may have changed."""
    said = host.shell(
        "cat /etc/subuid /etc/subgid /etc/passwd /etc/group /etc/default/docker; stat -c %a /etc/docker; "
        "ls /etc/docker /etc/systemd/system | grep -v key.json; "
        "docker ps -aq; docker volume ls -q; docker network ls --format '{{.Name}}'; docker images --format '{{.Repository}}'"
    )
    return said.splitlines()


def test_a_spoilt_host_is_a_new_one_again(lab_hosts: list[LabHost]) -> None:
    before = on_each(lab_hosts, state)
    on_each(lab_hosts, lambda host: host.shell(SPOIL))
    on_each(lab_hosts, LabHost.reset)
    assert on_each(lab_hosts, state) == before
    for host in lab_hosts:
        assert host.read(CONFIG) is None
        assert host.info()["Images"] == 1
        assert host.docker("run", "--rm", "busybox:local", "echo", "runs") == "runs"
    # And Ansible reaches each.
    for result, host in zip(on_each(lab_hosts, lambda host: host.task("daemon_info")).values(), lab_hosts, strict=True):
        assert not result["failed"] and not result["changed"]
        assert result["daemon"]["process"]["manager"] == host.service_manager
