# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other catalogues call what a rule asks: identifiers alone, no text of theirs.

A rule says it in ``references``, a map of a catalogue to identifiers in it. Rules can be chosen by them: ``nist:CM-7``.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.documents import Document
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import nearest

References = dict[str, list[str]]


class Catalogue(t.NamedTuple):
    """``form`` is what an identifier looks like, and ``example`` is one."""

    title: str
    form: re.Pattern[str]
    example: str


CATALOGUES = {
    "nist": Catalogue("NIST SP 800-53 Revision 5", re.compile(r"[A-Z]{2}-[1-9]\d?( \([1-9]\d?\))?"), "AC-6 (8)"),
    "cci": Catalogue("DISA Control Correlation Identifiers", re.compile(r"CCI-\d{6}"), "CCI-000381"),
    "stig": Catalogue(
        "DISA STIG of Docker Enterprise 2.x, which is historic", re.compile(r"DKER-EE-\d{6}"), "DKER-EE-001960"
    ),
    "sp800-190": Catalogue("sections of NIST SP 800-190", re.compile(r"[1-9](\.[1-9]){1,2}"), "4.4.3"),
    "attack": Catalogue("techniques of MITRE ATT&CK", re.compile(r"T\d{4}(\.\d{3})?"), "T1611"),
}


def read_references(document: Document, where: tuple[str | int, ...], given: t.Any) -> References:
    """Return the references of a rule. Raises BenchmarkError for an unknown catalogue, and for what is no identifier in it."""
    document.expect(where, isinstance(given, dict), "must map a catalogue to a list of identifiers")
    for key, identifiers in given.items():
        here = (*where, key)
        if key not in CATALOGUES:
            raise document.error(
                here, f"unknown catalogue{nearest(key, CATALOGUES) or '.'} There is: {', '.join(CATALOGUES)}."
            )
        document.expect(here, isinstance(identifiers, list) and identifiers, "must be a list of identifiers")
        for position, identifier in enumerate(identifiers):
            fits = isinstance(identifier, str) and CATALOGUES[key].form.fullmatch(identifier)
            document.expect((*here, position), fits, f"is no identifier such as {CATALOGUES[key].example}, quoted")
    return {key: list(dict.fromkeys(given[key])) for key in CATALOGUES if key in given}


def is_reference(selector: str) -> bool:
    """Return whether a selector names a catalogue, as ``nist:CM-7`` does."""
    return selector.partition(":")[0].lower() in CATALOGUES and ":" in selector


def refers(references: References, selector: str) -> bool:
    """Return whether one of the references is what the selector names or a part of it: an enhancement of a control, a
    section below a section, a technique below a technique."""
    catalogue, _colon, name = _plain(selector).partition(":")
    found = [_plain(identifier) for identifier in references.get(catalogue, [])]
    return bool(name) and any(one == name or one.startswith((f"{name}(", f"{name}.")) for one in found)


def _plain(name: str) -> str:
    return "".join(name.lower().split())


def selectors_of(references: References) -> list[str]:
    """Return the references as selectors, without spaces."""
    return [f"{key}:{''.join(one.split())}" for key, identifiers in references.items() for one in identifiers]
