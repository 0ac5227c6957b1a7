# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole hosts with their own service manager and engine: what changes hosts is tried on them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.tests.support.lab_host import CONTAINER_HOSTS, LabHost, LabHosts, lacking


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[LabHosts]:
    """``lab.get("trixie")`` starts a host, or makes the one that runs a default installation again."""
    reason = lacking()
    if reason is not None:
        pytest.skip(reason)
    hosts = LabHosts(tmp_path_factory.mktemp("lab"))
    try:
        yield hosts
    finally:
        hosts.close()


@pytest.fixture
def lab_hosts(lab: LabHosts) -> list[LabHost]:
    """Every kind of host at once, for ``on_each``: most of a restart is waiting."""
    return lab.get(*CONTAINER_HOSTS)
