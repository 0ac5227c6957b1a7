# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Macros of Jinja2 that the template of the page uses."""

from __future__ import annotations

PARTS = r"""
{% macro head(title, policy) %}
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex, nofollow">
<meta name="color-scheme" content="light dark">
<title>{{ title }}</title>
<style>{{ STYLE }}</style>
</head>
{% endmacro %}

{% macro pill(status, labels, count=none) %}
<span class="pill s-{{ status }}">{% if count is not none %}<b>{{ count|thousands }}</b> {% endif %}{{ labels[status] }}</span>
{%- endmacro %}

{% macro stacked(counts, label) %}
<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label="{{ label }}">
{%- for status, start, width in counts|bar %}<rect class="s-{{ status }}" x="{{ start }}" width="{{ width }}" height="10"/>{% endfor -%}
</svg>
{%- endmacro %}

{% macro names(items) %}
{{ items|names }}
{% endmacro %}

{% macro subjects(row) %}
{% if row.names %}{{ names(row.names) }}{% endif %}
{% if row.more %} and {{ row.more|thousands }} more{% endif %}
{% endmacro %}

{% macro some(items) %}
{{ names(items[:FEW] if items|length > FEW + 4 else items) }}
{%- if items|length > FEW + 4 %} <details class="rest"><summary>and {{ (items|length - FEW)|thousands }} more hosts</summary>
{{ names(items[FEW:]) }}</details>{% endif %}
{% endmacro %}

{% macro by_section(grid, sections) %}
<details class="by-section"><summary><span class="mark"></span>Hosts by section</summary>
<div class="wide" tabindex="0" role="region" aria-label="Hosts by section">
<table>
<caption class="note">Rules that fail, of those that are decided. A question mark: some are unknown.</caption>
<thead><tr><th scope="col">Host</th>{% for section in sections %}<th scope="col">{{ section.number }} {{ section.title }}</th>{% endfor %}</tr></thead>
<tbody>
{% for row in grid.rows %}
<tr><th scope="row" class="name">{{ row.host }}</th>{% for cell in row.cells %}<td class="{{
"shade-unknown" if cell.unknown and not cell.fail else "" if cell.shade is none else "shade-" ~ cell.shade }}">{%
if cell.shade is none %}{{ "?" if cell.unknown else "–" }}{% else %}{{ cell.fail }}/{{ cell.decided }}{{
" ?" if cell.unknown }}{% endif %}</td>{% endfor %}</tr>
{% endfor %}
</tbody>
</table>
</div>
{% if grid.more %}<p class="note">{{ grid.more|thousands }} more hosts are not in this table. It has those with most failing rules.</p>{% endif %}
</details>
{% endmacro %}

{% macro open_pill(count) %}
<span class="pill s-fail"><b>{{ count|thousands }}</b> open</span>
{%- endmacro %}

{% macro advisories(component, identifiers, titles) %}
{% if identifiers %}
<table class="evidence">
<thead><tr><th scope="col">Advisory</th><th scope="col">Severity</th><th scope="col">About</th></tr></thead>
<tbody>
{% for one in identifiers %}
{% set said = titles.get((one, component), {"severity": none, "exploited": none, "title": ""}) %}
<tr><td class="name">{{ one }}{% if said.exploited %} <span class="pill s-fail">exploited</span>{% endif %}</td><td>{{
said.severity or "not known" }}</td><td>{{ said.title }}</td></tr>
{% endfor %}
</tbody>
</table>
{% endif %}
{% endmacro %}

{% macro host_row(host, labels, urgency) %}
<span class="mark"></span><span class="name strong">{{ host.name }}{% if host.replay %} <em class="tag">replay</em>{% endif %}{%
if host.seen_less %} <em class="tag">seen less</em>{% endif %}</span>
{% if host.outcome == "audited" %}
<span class="engine{{ ' warn' if host.trouble }}">{{ host.engine }}</span>
<span class="rate"><b>{{ host.score.percent|percent }}</b> <span>{{ host.score.undecided|thousands }} undecided</span></span>
{% for status in urgency %}<span class="n c-{{ status }}{{ ' nil' if not host.counts[status] }}"><span
class="label">{{ labels[status] }} </span>{{ host.counts[status]|thousands }}</span>{% endfor %}
{% else %}
<span class="lostnote">{{ host.outcome }}, not audited</span>
{% endif %}
{% endmacro %}

{% macro about_host(host, labels, many, fleet) %}
{% if host.error %}<p class="strong">{{ host.error }}</p>{% endif %}
{% if host.trouble %}<p class="strong">{{ host.trouble }}</p>{% endif %}
{% if host.seen_less %}<p class="strong">Caution: {{ host.seen_less }}</p>{% endif %}
{% if host.no_score %}<p class="strong">No score: {{ host.no_score }}.</p>{% endif %}
{% if host.facts %}<dl class="facts-list">{% for name, value in host.facts %}<div><dt>{{ name }}</dt><dd>{{ value }}</dd></div>{% endfor %}</dl>{% endif %}
{% for status, rules in host.open_rules %}
<p class="open-rules">{{ pill(status, labels, rules|length) }} {% for anchor, number, title in rules %}<a
href="{{ fleet }}#{{ anchor }}"{% if not many %} title="{{ title }}"{% endif %}>{{ number }}</a> {% endfor %}</p>
{% endfor %}
{% if host.advisories %}
<h3>Known vulnerabilities</h3>
<ul class="plain">{% for line in host.advisories %}<li>{{ line }}</li>{% endfor %}</ul>
{% endif %}
{% for map in host.ids %}{{ id_map(map, host.name) }}{% endfor %}
{% if host.limits %}{{ limits(host.limits, host.name) }}{% endif %}
{% if host.gaps %}
<h3>What could not be read</h3>
<dl class="gaps">{% for key, reason in host.gaps %}<div><dt><code>{{ key }}</code></dt><dd>{{ reason }}</dd></div>{% endfor %}</dl>
{% endif %}
{% endmacro %}

{% macro id_map(map, host) %}
<h3>{{ map.title }}</h3>
<div class="wide" tabindex="0" role="region" aria-label="{{ map.title }} of {{ host }}">
<table class="ids">
<caption class="note">Ids of the host. The more ids, the wider a part, but not to scale. Ids that several owners share are
marked.</caption>
<thead><tr><th scope="col">Whose</th><th scope="col">Ids</th><th scope="col" class="drawn">Drawn</th></tr></thead>
<tbody>
{% for lane in map.lanes %}
<tr><th scope="row"><span class="name">{{ lane.name }}</span></th><td>{{ lane.ids }}{% for line in lane.shared %}<span
class="because c-fail">{{ line }}</span>{% endfor %}</td><td class="drawn"><svg class="bar" viewBox="0 0 1000 10"
preserveAspectRatio="none" aria-hidden="true">{% for kind, start, width in lane.parts %}<rect class="k-{{ kind }}" x="{{ start }}"
width="{{ width }}" height="10"/>{% endfor %}</svg></td></tr>
{% endfor %}
</tbody>
</table>
</div>
{% if map.more %}<p class="note">{{ map.more|thousands }} more are not drawn. The JSON report of the host has more of them.</p>{% endif %}
{% if not map.known %}<p class="note">Not all ranges could be read.</p>{% endif %}
{% endmacro %}

{% macro cell(cell) %}
{{ cell.declared }}{% if cell.instead %}<span class="because{{ " c-fail" if cell.fault }}">{{ cell.instead }}</span>{% endif %}
{% endmacro %}

{% macro limits(table, host) %}
<h3>Limits of containers</h3>
<div class="wide" tabindex="0" role="region" aria-label="Limits of containers of {{ host }}">
<table class="limits">
<caption class="note">{% if table.faults_only %}Only limits that the kernel does not enforce as they were declared.{% else
%}Declared limits, and what is in force where it is something else. A dash is no limit.{% endif %}</caption>
<thead><tr><th scope="col">Containers</th>{% for title in LIMITS %}<th scope="col">{{ title }}</th>{% endfor %}<th
scope="col">Others</th></tr></thead>
<tbody>
{% for row in table.rows %}
<tr><th scope="row">{{ subjects(row) }}{% if row.state != "running" %} <em class="tag">{{ row.state }}</em>{% endif %}</th>{%
for one in row.cells %}<td>{{ cell(one) }}</td>{% endfor %}<td>{% for one in row.others %}{{ cell(one) }}{{
"; " if not loop.last }}{% endfor %}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
{% if table.more %}<p class="note">{{ plural(table.more, "container") }} more. The JSON report of the host has more of them.</p>{% endif %}
{% endmacro %}

{% macro group(group, many, labels, letters, split=false) %}
<div class="group" data-st="{{ letters[group.status] }}"{% if not split %} data-h="{{ group.indices }}"{% endif %}>
<h4>{{ pill(group.status, labels, group.hosts|length if many else none) }}
{% if many %}<span class="on">{{ names(group.hosts[:FEW] if group.hosts|length > FEW + 4 else group.hosts) }}</span>{% endif %}</h4>
{% if split and group.hosts|length > FEW + 4 %}<p class="aside">and {{ (group.hosts|length - FEW)|thousands }} more hosts</p>
{% elif many and group.hosts|length > FEW + 4 %}<details class="rest"><summary>and {{ (group.hosts|length -
FEW)|thousands }} more hosts</summary> {{ names(group.hosts[FEW:]) }}</details>{% endif %}
{% if group.reason %}<p class="reason">{{ group.reason }}</p>{% endif %}
{% if group.expected %}<p class="reason">Expected here: {{ group.expected }}</p>{% endif %}
{% set shown = group.rows|selectattr("has_details")|list %}
{% set named = shown|selectattr("names")|list %}
{% if shown %}
<table class="evidence">
<thead><tr>{% if named %}<th scope="col">Who</th>{% endif %}<th scope="col">Found</th></tr></thead>
<tbody>
{% for row in shown %}
<tr>
{%- if named %}<td>{% if row.verdict != group.status %}{{ pill(row.verdict, labels) if
row.verdict in labels else row.verdict }} {% endif %}
{{- subjects(row) if row.names else row.kind }}</td>{% endif -%}
<td>{% if row.found is not none %}<code>{{ row.found }}</code>{% endif %}
{% if row.reason %}<span class="because">{{ row.reason }}</span>{% endif %}
{% if row.waiver %}<span class="because">{{ row.waiver }}</span>{% endif %}</td></tr>
{% endfor %}
</tbody>
</table>
{% endif %}
{% if group.aside %}<p class="aside">{{ group.aside|join("; ") }}</p>{% endif %}
</div>
{% endmacro %}

{% macro own_rule(finding, anchor, group_of_host, labels, letters) %}
<article class="own"{% if anchor %} id="{{ anchor }}"{% endif %}>
<h3><span class="number">{{ finding.number }}</span> <a href="../index.html{{ "#" ~ anchor if anchor }}">{{ finding.title }}</a></h3>
{{ group(group_of_host, false, labels, letters, true) }}
</article>
{% endmacro %}
"""
