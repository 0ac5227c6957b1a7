# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With icc off, 2.2 says what the kernel does: containers on the default bridge are tried against each other."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.tests.support import quick_audit
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

BRIDGED = "/proc/sys/net/bridge/bridge-nf-call-iptables"
DELETED = "iptables -D FORWARD -i docker0 -o docker0 -j DROP"
FLUSHED = "iptables -F; iptables -P FORWARD ACCEPT"
WEB, CLIENT = "172.17.0.2", "172.17.0.3"


@pytest.fixture(scope="module")
def apart(host: IsolatedHost) -> t.Iterator[IsolatedHost]:
    host.start("--icc=false")
    try:
        host.container("web", command=("httpd", "-f", "-p", "8000"))
        host.container("client")
        host.run("sh", "-c", "iptables-save > /run/filter")
        yield host
    finally:
        host.stop()


def reaches(host: IsolatedHost) -> bool:
    return host.docker("exec", "client", "/bin/busybox", "nc", "-w", "1", WEB, "8000").returncode == 0


@pytest.mark.parametrize(
    ("change", "status", "reached", "said"),
    [
        ("true", "pass", False, "-A FORWARD -i docker0 -o docker0 -j DROP"),
        (DELETED, "fail", True, "the policy of FORWARD is accept"),
        (f"{DELETED}; iptables -P FORWARD DROP", "pass", False, "the policy of FORWARD is drop"),
        (FLUSHED, "fail", True, "the policy of FORWARD is accept"),
        ("iptables -I DOCKER-USER -j ACCEPT", "fail", True, "-A DOCKER-USER -j ACCEPT"),
        ("iptables -I DOCKER-USER -m physdev --physdev-is-bridged -j ACCEPT", "fail", True, "physdev-is-bridged"),
        (f"iptables -I FORWARD -s {CLIENT} -j ACCEPT; iptables -I FORWARD -s {WEB} -j ACCEPT", "fail", True, WEB),
        (f"iptables -I FORWARD -s {CLIENT} -d {WEB} -j ACCEPT; iptables -I FORWARD -d {CLIENT} -s {WEB} -j ACCEPT",
         "pass", True, f"-s {CLIENT}/32 -d {WEB}/32 -j ACCEPT"),
        ("iptables -I FORWARD -i lo -j ACCEPT; iptables -I FORWARD -s 10.0.0.0/8 -j ACCEPT", "pass", False, "DROP"),
        ("iptables -I FORWARD -m mark --mark 7 -j ACCEPT", "unknown", False, "--mark 0x7 -j ACCEPT"),
        ("iptables -I FORWARD ! -i eth0 -j ACCEPT", "fail", True, "! -i eth0 -j ACCEPT"),
        ("iptables -N own; iptables -A own -i docker0 -o docker0 -j ACCEPT; iptables -I FORWARD -j own", "fail", True, "-A own"),
        ("iptables -N own; iptables -A own -i docker0 -j RETURN; iptables -I FORWARD -j own", "pass", False, "DROP"),
        (f"echo 0 > {BRIDGED}", "fail", True, "bridge-nf-call-iptables is off"),
        (f"{FLUSHED}; iptables-legacy -A FORWARD -i docker0 -o docker0 -j DROP", "pass", False, "-j DROP"),
    ],
)  # fmt: skip
def test_the_packet_filter_decides(apart: IsolatedHost, change: str, status: str, reached: bool, said: str) -> None:
    try:
        done = apart.run("sh", "-c", change)
        assert done.returncode == 0, done.stderr
        judged = quick_audit.audit(apart)
        finding = judged.findings["2.2"]
        assert (judged.status("2.2"), reaches(apart)) == (status, reached), finding
        assert said in str(finding), finding
    finally:
        mend = f"iptables-legacy -F; iptables-restore < /run/filter; echo 1 > {BRIDGED}"
        assert apart.run("sh", "-c", mend).returncode == 0
