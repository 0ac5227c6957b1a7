# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the units that systemd stops together with the unit of the daemon. A start of the daemon does not start them."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.service_units import properties_of_units
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# Properties that name the units which a stop of a unit stops as well.
STOPPED_WITH = ("RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf", "PropagatesStopTo")
ACTIVE = ("active", "activating", "reloading", "refreshing")
# No host is known with a tenth of that.
_MOST = 256


def named_in(properties: dict[str, str]) -> list[str]:
    """Return the units in properties of a unit that a stop of the unit stops as well."""
    return list(dict.fromkeys(name for key in STOPPED_WITH for name in properties.get(key, "").split()))


def active_dependents(host: Host, unit: str, named: t.Iterable[str], sockets: t.Collection[str]) -> list[str]:
    """Return the active units that a stop of ``unit`` stops, those that depend on others of them last.

    ``named`` are those that the unit itself names. ``sockets`` start the unit and are left out. Raises Unread.
    """
    found: list[str] = []
    seen = {unit, *sockets}
    wave = [name for name in dict.fromkeys(named) if name not in seen]
    while wave:
        seen.update(wave)
        if len(seen) > _MOST:
            raise Unread(f"more than {_MOST} units depend on {unit}, so what a restart of it stops is not known")
        below: list[str] = []
        answers = properties_of_units(host, wave, "Id", "ActiveState", *STOPPED_WITH)
        if len(answers) < len(wave):
            raise Unread(f"systemd does not show all units that depend on {unit}: {', '.join(wave[:10])}")
        for shown in answers:
            # A unit that does not run passes the stop on all the same.
            below += named_in(shown)
            if shown.get("ActiveState") in ACTIVE and shown.get("Id"):
                found.append(shown["Id"])
        wave = [name for name in dict.fromkeys(below) if name not in seen]
    return [name for name in dict.fromkeys(found) if name not in (unit, *sockets)]
