# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key with which one logs in on lab hosts: made once, here, and never leaving the cache directory."""

from __future__ import annotations

from pathlib import Path

from .process import require_tools, run

# A lab host is made anew all the time under the same address, and nothing of value passes through it:
# for these hosts alone its key is neither asked for nor kept.
SSH_OPTIONS = (
    "-o", "StrictHostKeyChecking=no",
    "-o", "UserKnownHostsFile=/dev/null",
    "-o", "IdentitiesOnly=yes",
    "-o", "LogLevel=ERROR",
)  # fmt: skip


def ensure_key(private: Path) -> str:
    """Make the key pair unless it exists; return the public half."""
    public = private.with_suffix(".pub")
    if not (private.exists() and public.exists()):
        require_tools("ssh-keygen")
        private.unlink(missing_ok=True)
        public.unlink(missing_ok=True)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "seawall-lab", "-f", str(private)])
    return public.read_text(encoding="ascii").strip()


def ssh_command(private: Path, address: str, port: int) -> list[str]:
    """An ssh call as root that asks nothing; append the remote command."""
    options = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-p", str(port), "-i", str(private)]
    return ["ssh", *SSH_OPTIONS, *options, f"root@{address}"]
