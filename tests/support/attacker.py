# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local user of a lab host, logged in without any rights, who attacks whoever audits the host as root."""

from __future__ import annotations

import json
import shlex
import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.tests.support.lab_host import LabHost

UID = 1500
NAME = "mallory"
_PROGRAM = Path(__file__).with_name("fake_daemon.py")
_RECORDED = Path(__file__).resolve().parents[1] / "unit" / "recorded" / "bookworm.json"


class Attacker:
    """Use on a host that was just reset; ``close`` ends all that runs as the user."""

    def __init__(self, host: LabHost, uid: int = UID, name: str = NAME) -> None:
        self.host, self.uid, self.name = host, uid, name
        self.home = f"/home/{name}"
        self.runtime = f"/run/user/{uid}"
        self.socket = f"{self.runtime}/docker.sock"
        host.shell(
            f"id {name} 2>/dev/null || useradd --uid {uid} --create-home {name}; "
            f"rm -rf {self.home}/ran {self.runtime}; install -d -o {name} -m 700 {self.runtime}"
        )

    def run(self, script: str) -> str:
        """Run a script as the user; what it says."""
        return self.host.shell(f"su {self.name} -c {shlex.quote(script)}")

    def serve(self, *line: str, socket: str = "", environment: str = "") -> int:
        """Serve a made-up engine, on the user's runtime directory or elsewhere; the process id.

        ``line`` is the command line that the process shows.
        """
        path = socket or self.socket
        recorded = json.loads(_RECORDED.read_text(encoding="utf-8"))["engine"]
        answers = {question: entry.get("answer") for question, entry in recorded.items()}
        self.host.write(f"{self.home}/answers.json", json.dumps(answers))
        self.host.write(f"{self.home}/daemon.py", _PROGRAM.read_bytes())
        shown = shlex.join(line or ("dockerd", "-H", f"unix://{path}"))
        # Long enough for any command line to be written over it.
        room = "x" * 400
        self.run(
            f"cd; rm -f dockerd {shlex.quote(path)}; cp -L /usr/bin/python3 dockerd; "
            f"{environment} setsid ./dockerd daemon.py {shlex.quote(path)} answers.json {shown} {room} "
            f"</dev/null >log 2>&1 & for try in $(seq 100); do test -S {shlex.quote(path)} && break; sleep 0.1; done; "
            f"sleep 0.3"
        )
        return int(self.host.shell(f"pgrep -U {self.uid} -x dockerd").split()[0])

    def gained(self) -> str:
        """Who ran the user's program; empty where nobody did."""
        return self.host.shell(f"cat {self.home}/ran 2>/dev/null || true")

    def close(self) -> None:
        self.host.run(f"pkill -KILL -U {self.uid}; rm -rf {self.runtime}; userdel -f -r {self.name}")


class Errand(t.NamedTuple):
    """One module to be run as root."""

    module: str
    arguments: dict[str, t.Any] = {}
    check_mode: bool = False


def results_of(host: LabHost, work: Path, errands: t.Sequence[Errand]) -> list[dict[str, t.Any]]:
    """Run modules one after the other in one play, whatever becomes of each; their results, each with ``failed``."""
    answers = work / "results.json"
    tasks: list[dict[str, t.Any]] = [
        {
            "name": errand.module,
            f"seawall.docker.{errand.module}": errand.arguments,
            "check_mode": errand.check_mode,
            "ignore_errors": True,
            "register": f"result_{number}",
        }
        for number, errand in enumerate(errands)
    ]
    listed = ", ".join(f"result_{number}" for number in range(len(errands)))
    keep = {"content": f"{{{{ [{listed}] | to_json }}}}", "dest": str(answers)}
    tasks.append({"name": "keep", "ansible.builtin.copy": keep, "delegate_to": "localhost"})
    play = work / "errands.yml"
    play.write_text(json.dumps([{"hosts": "lab", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    done = host.playbook(play)
    assert done.status == 0, done.output
    found = json.loads(answers.read_text(encoding="utf-8"))
    return [{"failed": False, **one} for one in found]


def stopped(host: LabHost) -> None:
    """The host's own engine is installed and does not run."""
    host.service("stop")
    host.run("rm -f /run/docker.pid /etc/docker/daemon.json")


def audit(host: LabHost, **options: t.Any) -> dict[str, t.Any]:
    """The posture that the module gathers as root."""
    return t.cast("dict[str, t.Any]", host.module("posture_info", options)["posture"])
