# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page: one HTML file that holds all it needs and asks no network for anything."""

from __future__ import annotations

import base64
import hashlib
import typing as t

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils._report import (
    _script,
    _style,
    _template,
    intake,
    tally,
    text,
    view,
)

# Colours come from classes and sizes from SVG attributes: without style attributes, the policy needs no
# 'unsafe-inline', and markup that slipped in from a host could neither run nor dress up.
_POLICY = "default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"
_BAR_WIDTH = 1000
# Of many hosts that stand equal, this many are named at once and the others behind a fold.
_FEW_HOSTS = 8
# A table of more hosts scrolls by itself, so that the rules below stay within reach.
_LONG_LIST = 25


def render(fleet: intake.Document, documents: list[intake.Document], host_files: bool = True) -> str:
    """The page for a fleet document and the condensed documents in its order.

    ``host_files`` says whether the hosts' own JSON reports lie beside the page, to be linked.
    """
    return (
        _environment()
        .get_template("page")
        .render(
            view=view.build(fleet, documents),
            many=len(documents) != 1,
            host_files=host_files,
            policy=_POLICY.format(style=_digest(_style.STYLE), script=_digest(_script.SCRIPT)),
            style=Markup(_style.STYLE),  # ours, and hashed as it stands
            script=Markup(_script.SCRIPT),
            labels=view.LABELS,
            letters=view.LETTERS,
            impact_words=tally.IMPACT_WORDS,
            urgency=intake.BY_URGENCY,
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=DictLoader({"page": _template.PAGE, "parts": _template.PARTS}),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(bar=_bar, percent=_percent, thousands=_thousands)
    environment.globals.update(plural=text.plural, NL=Markup("\n"), FEW=_FEW_HOSTS, LONG=_LONG_LIST)
    return environment


def _finalize(value: t.Any) -> t.Any:
    """Runs on each value that enters the page, before it is escaped: no template can forget it."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return visible(value)


def _digest(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _bar(counts: t.Iterable[tuple[str, int]]) -> list[tuple[str, int, int]]:
    """Positions of a stacked bar: (status, start, width) of a total of 1,000, without gaps."""
    pairs = [(status, count) for status, count in counts if count]
    total, before, parts = sum(count for _status, count in pairs), 0, []
    for status, count in pairs:
        start, end = _BAR_WIDTH * before // total, _BAR_WIDTH * (before + count) // total
        parts.append((status, start, end - start))
        before += count
    return parts


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}".removesuffix(".0") + "%"


def _thousands(value: int) -> str:
    return f"{value:,}"
