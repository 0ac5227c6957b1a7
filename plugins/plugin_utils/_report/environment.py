# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jinja2 as the pages use it: each value is made visible and escaped, so that no template can forget it."""

from __future__ import annotations

import base64
import functools
import hashlib
import typing as t

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils._report import (
    _style,
    _template,
    _template_host,
    _template_parts,
    limits_table,
    text,
)

_BAR_WIDTH = 1000
_LONGEST_KEPT = 300
# Of many hosts with equal results, this many are named at once. The others can be unfolded.
_FEW_HOSTS = 8
# A longer table of hosts scrolls by itself, so that the rules below stay near.
_LONG_LIST = 25
# Rows of a longer table that a browser draws, or passes over, at once.
_ROWS = 100


def made() -> Environment:
    environment = Environment(
        loader=DictLoader(
            {
                "page": _template.PAGE,
                "parts": _template_parts.PARTS,
                "host": _template_host.PAGE,
            }
        ),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(bar=_bar, names=_names, percent=_percent, thousands=_thousands)
    environment.globals.update(plural=text.plural, NL=Markup("\n"), FEW=_FEW_HOSTS, LONG=_LONG_LIST, ROWS=_ROWS)
    # The style is our own text; the policy has its hash.
    environment.globals.update(LIMITS=tuple(limits_table.COLUMNS.values()), STYLE=Markup(_style.STYLE))
    return environment


def policy(script: str | None = None) -> str:
    """Return the content security policy of a page with our style and, where there is one, this script.

    Colours come from classes and sizes from SVG attributes: without style attributes, the policy needs no 'unsafe-inline', and
    markup from a host could neither run nor change how the page looks.
    """
    scripts = f" script-src '{_digest(script)}';" if script is not None else ""
    return f"default-src 'none'; style-src '{_digest(_style.STYLE)}';{scripts} base-uri 'none'; form-action 'none'"


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


def _names(items: t.Iterable[str]) -> Markup:
    """Return the names as HTML, one after the other. A name stands beside many rules, so a loop of the template would take most of the
    time of a page."""
    return Markup(", ".join(map(_name, items)))  # each is escaped


def _name(name: str) -> str:
    # A host may send very long names, which must not stay in memory.
    return _drawn(name) if len(name) <= _LONGEST_KEPT else _drawn.__wrapped__(name)


@functools.lru_cache(10_000)
def _drawn(name: str) -> str:
    return f'<span class="name">{escape(visible(name))}</span>'


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}".removesuffix(".0") + "%"


def _thousands(value: int) -> str:
    return f"{value:,}"
