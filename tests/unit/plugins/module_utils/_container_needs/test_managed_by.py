# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which unit runs a container, by the commands of units on a host made of dictionaries."""

from __future__ import annotations

import posixpath

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._container_needs.managed_by import unit_of
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.tests.support.dictionary_host import DictionaryHost, container, context_of


class UnitsHost(DictionaryHost):
    """Its directories hold its files."""

    def list_directory(self, path: str, max_entries: int = 0) -> list[str]:
        found = [posixpath.basename(one) for one in self.files if posixpath.dirname(one) == path]
        if not found:
            raise Unread(f"{path} does not exist", "absent")
        return found


FILE = "/etc/systemd/system/shop.service"


@pytest.mark.parametrize(
    "text",
    [
        "[Service]\nExecStart=/usr/bin/docker run --rm --name web img\nRestart=always\n",
        "[Service]\nRestart=always\nExecStart=-/usr/bin/docker run \\\n  --name=web \\\n  img sleep 5\n",
        "[Service]\nRestart=always\nExecStart=/usr/bin/docker -H unix:///run/docker.sock start -a web\n",
        "[Service]\nRestart=always\nExecStartPre=docker create '--name' \"web\" img\nExecStart=/bin/true\n",
    ],
)
def test_the_unit_that_starts_it(text: str) -> None:
    host = UnitsHost({FILE: text, "/etc/systemd/system/other.service": "[Service]\nExecStart=/bin/x --name web\n"})
    found = unit_of(context_of(host, container()), "web")
    assert found == {"name": "shop.service", "file": FILE, "restart": "always"}


@pytest.mark.parametrize(
    "text",
    [
        "[Service]\nExecStart=/usr/bin/docker run --name webshop img web\n",
        "[Service]\nExecStop=/usr/bin/docker run --name web img\n",
        "[Unit]\nExecStart=/usr/bin/docker run --name web img\n",
        "[Service]\nExecStart=/usr/bin/podman run --name web img\n",
        "[Service]\nExecStart=/usr/bin/docker stop web\n",
        "[Service]\n# ExecStart=/usr/bin/docker run --name web img\n",
        "[Service]\nExecStart=\n",
    ],
)
def test_other_commands_start_it_not(text: str) -> None:
    assert unit_of(context_of(UnitsHost({FILE: text}), container()), "web") is None


def test_what_could_not_be_read_is_no_proof_that_there_is_none() -> None:
    hidden = "/etc/systemd/system/hidden.service"
    host = UnitsHost({FILE: "[Service]\nExecStart=/bin/true\n", hidden: Unread("not permitted", "denied")})
    with pytest.raises(Unread, match="not permitted"):
        unit_of(context_of(host, container()), "web")
    assert unit_of(context_of(UnitsHost({}), container()), "web") is None
