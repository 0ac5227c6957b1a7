# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of all hosts. It needs no network, and no other file unless the hosts have pages of their own."""

from __future__ import annotations

import typing as t

from markupsafe import Markup

from ansible_collections.seawall.docker.plugins.plugin_utils._report import (
    _script,
    advisory_words,
    environment,
    intake,
    tally,
    view,
)

# A page of many hosts is written in pieces of so many parts of the template.
_PARTS_IN_PIECE = 500


def render(fleet: intake.Document, documents: list[intake.Document], host_files: bool = True) -> str:
    """Return the page as one text. See ``pieces``."""
    return "".join(pieces(fleet, documents, host_files))


def pieces(
    fleet: intake.Document, documents: list[intake.Document], host_files: bool = True, split: bool = False
) -> t.Iterator[str]:
    """Yield the page for a fleet document and its condensed documents in the same order, so that it is never in memory whole.

    ``host_files`` says whether the JSON reports of the hosts exist beside the page, so that it can link them; ``split`` that each host
    has a page of its own.
    """
    page = (
        environment.made()
        .get_template("page")
        .stream(
            view=view.build(fleet, documents, split),
            split=split,
            many=len(documents) != 1,
            host_files=host_files,
            policy=environment.policy(_script.SCRIPT),
            script=Markup(_script.SCRIPT),  # our own text; the policy has its hash
            labels=view.LABELS,
            advisory=advisory_words,
            letters=view.LETTERS,
            impact_words=tally.IMPACT_WORDS,
            urgency=intake.BY_URGENCY,
        )
    )
    page.enable_buffering(_PARTS_IN_PIECE)
    yield from page
