# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which playbook applies the remedy of a rule."""

from __future__ import annotations

import typing as t

# Options that hardening sets only with a value of the site, and those that it never sets.
OF_THE_SITE = ("authorization-plugins", "log-driver", "selinux-enabled", "tlscacert", "tlscert", "tlskey")
BY_HAND = ("data-root", "hosts", "storage-driver")


class Playbook(t.NamedTuple):
    """What ``ansible-playbook`` is given, as words of a shell, and what must be said besides."""

    arguments: str
    besides: str = ""

    @property
    def sentence(self) -> str:
        return ", ".join(part for part in self if part)


def playbook(number: str, remedy: t.Mapping[str, t.Any]) -> Playbook | None:
    """Return the playbook that applies the remedy, or None if a person must do it."""
    options = remedy.get("daemon_options") or {}
    rules = f'-e \'{{"remediate_rules": ["{number}"]}}\'' if _plain(number) else ""
    if remedy.get("userns_remap"):
        return Playbook("seawall.docker.userns_remap")
    if any(key in BY_HAND for key in options):
        return None
    if options and any(key in OF_THE_SITE for key in options):
        return Playbook(f"seawall.docker.harden {rules}".strip(), "with your values in remediate_daemon_options")
    if options or remedy.get("file") or remedy.get("audit_watch"):
        return Playbook(f"seawall.docker.harden {rules}".strip())
    return None


def _plain(number: str) -> bool:
    return bool(number) and all(part.isdecimal() for part in number.split("."))
