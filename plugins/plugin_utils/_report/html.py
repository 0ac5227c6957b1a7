# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page: one HTML file that needs no other file and no network."""

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
    _template_parts,
    advisory_words,
    intake,
    tally,
    text,
    view,
)

# Colours come from classes and sizes from SVG attributes: without style attributes, the policy needs no
# 'unsafe-inline', and markup from a host could neither run nor change how the page looks.
_POLICY = "default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"
_BAR_WIDTH = 1000
# Of many hosts with equal results, this many are named at once. The others can be unfolded.
_FEW_HOSTS = 8
# A longer table of hosts scrolls by itself, so that the rules below stay near.
_LONG_LIST = 25


# A page of many hosts is written in pieces of so many parts of the template.
_PARTS_IN_PIECE = 500


def render(fleet: intake.Document, documents: list[intake.Document], host_files: bool = True) -> str:
    """Return the page as one text. See ``pieces``."""
    return "".join(pieces(fleet, documents, host_files))


def pieces(fleet: intake.Document, documents: list[intake.Document], host_files: bool = True) -> t.Iterator[str]:
    """Yield the page for a fleet document and its condensed documents in the same order, so that it is never in memory whole.

    ``host_files`` says whether the JSON reports of the hosts exist beside the page, so that it can link them.
    """
    page = (
        _environment()
        .get_template("page")
        .stream(
            view=view.build(fleet, documents),
            many=len(documents) != 1,
            host_files=host_files,
            policy=_POLICY.format(style=_digest(_style.STYLE), script=_digest(_script.SCRIPT)),
            style=Markup(_style.STYLE),  # our own text; the policy has its hash
            script=Markup(_script.SCRIPT),
            labels=view.LABELS,
            advisory=advisory_words,
            letters=view.LETTERS,
            impact_words=tally.IMPACT_WORDS,
            urgency=intake.BY_URGENCY,
        )
    )
    page.enable_buffering(_PARTS_IN_PIECE)
    yield from page


def _environment() -> Environment:
    environment = Environment(
        loader=DictLoader({"page": _template.PAGE, "parts": _template_parts.PARTS}),
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
    """Make a value visible. Jinja2 calls this for each value before it escapes the value, so no template can forget it."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return visible(value)


def _digest(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _bar(counts: t.Iterable[tuple[str, int]]) -> list[tuple[str, int, int]]:
    """Return the parts of a stacked bar, (status, start, width), whose widths add up to 1,000 without gaps."""
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
