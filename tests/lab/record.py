# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record lab hosts for the unit tests: ``python3 tests/lab/record.py HOST …``.

Starts the same containers on each, gathers its posture there, and writes ``tests/unit/recorded/HOST.json`` (every
question of the collectors with its answer). ``--embedded HOST`` writes the posture that ships with the collection.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT / "tests" / "unit" / "recorded"
EMBEDDED = ROOT / "roles" / "audit" / "files" / "recorded" / "posture.json"
PACKAGE = "ansible_collections/seawall/docker"
SHIPPED = (
    "plugins/module_utils",
    "tests/support/__init__.py",
    "tests/support/recording.py",
    "tests/support/record_here.py",
)

CONTAINERS = r"""
set -e
docker ps -aq | xargs -r docker rm -f >/dev/null
run() { docker run -d --name "$@" busybox:local sleep 86400 >/dev/null; }
run frontend -p 8080:80 -e API_TOKEN=not-for-reports -l owner=web
run worker --memory 64m --cpus 0.5 --pids-limit 50 --read-only --cap-drop ALL --user 1000:1000 \
  --security-opt no-new-privileges --restart on-failure:3
run monitor --pid host --network host --cap-add SYS_PTRACE -v /:/rootfs:ro
run deployer -v /var/run/docker.sock:/var/run/docker.sock --restart always --security-opt seccomp=unconfined
docker create --name builder --privileged busybox:local sleep 60 >/dev/null
docker run --name migrated busybox:local true
"""


def on_host(host: str, script: str, stdin: bytes = b"") -> bytes:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/lab/lab.py"), "shell", host, script],
        input=stdin,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"{host}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def record(host: str) -> dict[str, object]:
    archive = subprocess.run(
        ["tar", "--create", "--gzip", "--exclude=__pycache__", f"--transform=s,^,{PACKAGE}/,", *SHIPPED],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    on_host(host, CONTAINERS)
    module = f"{PACKAGE.replace('/', '.')}.tests.support.record_here"
    script = f"d=$(mktemp -d); tar -xzf - -C $d; cd $d; python3 -m {module}; cd /; rm -rf $d"
    return json.loads(on_host(host, script, archive))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("hosts", nargs="+", metavar="HOST")
    parser.add_argument("--embedded", metavar="HOST", help="write this host's posture into the collection")
    options = parser.parse_args()
    RECORDED.mkdir(parents=True, exist_ok=True)
    for host in options.hosts:
        recording = record(host)
        if host == options.embedded:
            EMBEDDED.parent.mkdir(parents=True, exist_ok=True)
            EMBEDDED.write_text(json.dumps(recording["posture"], indent=1) + "\n", encoding="utf-8")
        path = RECORDED / f"{host}.json"
        path.write_text(json.dumps(recording, indent=0, sort_keys=True) + "\n", encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
