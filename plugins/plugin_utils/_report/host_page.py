# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page for each host of a large fleet, which the page of the fleet links.

It is HTML without a script. So the policy of both pages stays as strict as without it: a browser that opens the fleet from a file runs
no script of another file, and a host's page shows its host also where scripts are off.
"""

from __future__ import annotations

from markupsafe import Markup

from ansible_collections.seawall.docker.plugins.plugin_utils._report import (
    environment,
    fleet,
    groups,
    host_view,
    intake,
    recent,
    shared,
    text,
    view,
)

# Of one host, so many subjects of a rule are shown. The JSON report has all.
_NAMES = 500
_SHOWN = ("fail", "unknown", "manual", "waived")


class HostPages:
    """Makes the pages of hosts, one after the other."""

    def __init__(self, host_files: bool) -> None:
        made = environment.made()
        # The macro itself: a template of a rule would import all macros for each rule of each host.
        self._page, self._rule = made.get_template("host"), vars(made.get_template("parts").module)["own_rule"]
        self._host_files = host_files
        # Most hosts have most results in common.
        self._kept = recent.Recent[Markup]()

    def page(self, document: intake.Document) -> str:
        """Return the page of a host, from its condensed document with all subjects."""
        anchors = {one["rule"]: view.anchor(one["rule"]) for one in document["findings"]}
        host = host_view.of_host(fleet.entry(document), document, 0, anchors)
        findings = sorted(
            (one for one in document["findings"] if one["status"] in _SHOWN),
            key=lambda one: (intake.BY_URGENCY.index(one["status"]), text.numbered(one["number"]), one["rule"]),
        )
        return self._page.render(
            host=host,
            rules=[self._shown(finding) for finding in findings],
            host_files=self._host_files,
            policy=environment.policy(),
            labels=view.LABELS,
            urgency=intake.BY_URGENCY,
        )

    def _shown(self, finding: intake.Document) -> Markup:
        key = shared.key_of(finding)
        known = self._kept.get(key)
        if known is None:
            known = self._rule(
                finding,
                view.anchor(finding["rule"]),
                groups.of_finding(finding["expected"], finding, _NAMES, 1),
                view.LABELS,
                view.LETTERS,
            )
            self._kept.keep(key, known, len(known))
        return known
