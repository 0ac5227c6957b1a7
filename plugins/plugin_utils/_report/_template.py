# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page's HTML, as Jinja2 templates. They are in a Python file, since a collection ships only those with its plugins.

The environment escapes every value, so that no template has to.
"""

from __future__ import annotations

PAGE = r"""{% import "parts" as parts %}
<!doctype html>
<html lang="en">
{{ parts.head(view.title, policy) }}
<body class="{{ 'many' if many else 'one' }}">
<a class="skip" href="#{{ 'rules' if view.rules else 'hosts' }}">Skip to the {{ "rules" if view.rules else "hosts" }}</a>
<header class="top">
<p class="kicker">{{ view.benchmark or "Docker audit" }}</p>
<h1>{{ view.title }}</h1>
</header>
<main>
{% if view.replayed %}
<section class="banner replay" aria-label="Replay">
<h2>Replay: {{ "not a live host" if not many else plural(view.replayed|length, "host was", "hosts were") ~ " not asked" }}</h2>
<p>These verdicts come from a recorded posture. They say nothing about the host as it is now.</p>
<ul class="plain">{% for host in view.replayed %}<li><span class="name strong">{{ host.name }}</span>: {{ host.replay }}</li>{% endfor %}</ul>
</section>
{% endif %}
{% if view.not_audited %}
<section class="banner lost{% if view.not_audited|length > LONG %} long" tabindex="0{% endif %}" aria-labelledby="lost">
<h2 id="lost">{{ plural(view.not_audited|length, "host was", "hosts were") }} not audited</h2>
<p>The report contains nothing else about {{ "this host" if view.not_audited|length == 1 else "these hosts" }}.</p>
<table>
<thead><tr><th scope="col">Host</th><th scope="col">Outcome</th><th scope="col">Reason</th></tr></thead>
<tbody>{% for host in view.not_audited %}
<tr><th scope="row" class="name">{{ host.name }}</th><td>{{ host.outcome }}</td><td>{{ host.error }}</td></tr>{% endfor %}
</tbody></table>
</section>
{% endif %}

{% set counts = view.totals.counts %}
{% set score = view.totals.score %}
<section class="summary" aria-labelledby="result">
<h2 id="result" class="unseen">Result</h2>
<div class="score">
<p><span class="figure">{{ score.percent|percent }}</span><span class="of">{% if view.no_score %}no score:
{{ view.no_score }}{% else %}{{
score.passed|thousands }} of {{ plural(score.decided, "check") }} passed
{%- if view.totals.unscored %}; {{ plural(view.totals.unscored, "host has", "hosts have") }} no score{% endif %}{% endif %}</span></p>
<p><span class="figure soft">{{ score.undecided|thousands }}</span><span class="of">could not be
decided: {{ counts.manual|thousands }} manual, {{ counts.unknown|thousands }} unknown</span></p>
</div>
{% set pairs = [] %}{% for status in urgency %}{% if counts[status] %}{% set _ = pairs.append((status, counts[status])) %}{% endif %}{% endfor %}
{% if pairs %}
{{ parts.stacked(pairs, "Verdicts") }}
<ul class="legend">{% for status in urgency %}<li class="{{ 'nil' if not counts[status] }}"><i
class="dot s-{{ status }}"></i><b>{{ counts[status]|thousands }}</b> {{ labels[status] }}</li>{% endfor %}</ul>
{% endif %}
</section>

{% if view.worst %}
<section aria-labelledby="first">
<h2 id="first">Start here <small>{{ plural(view.failing_rules, "rule fails", "rules fail") }}{{ " on at least one host" if many }}</small></h2>
<ol class="first">
{% for rule in view.worst %}
<li><a href="#{{ rule.anchor }}"><span class="number">{{ rule.tally.number }}</span> {{ rule.tally.title }}</a>
<span class="facts">{% if rule.tally.level %}Level {{ rule.tally.level }} · {% endif %}{% if
many %}{{ plural(rule.failing_hosts, "host") }}{% if
rule.failing_subjects %}, {% endif %}{% endif %}{{ rule.failing_subjects or ("" if many else "the host") }}{% if
rule.tally.impact %} · {{ impact_words[rule.tally.impact] }}{% endif %}</span></li>
{% endfor %}
</ol>
</section>
{% endif %}

<section aria-labelledby="hosts">
<h2 id="hosts">{{ "Hosts" if many else "Host" }} <small>{{ plural(view.totals.audited, "audited", "audited") }}{% if
view.totals.failed %}, {{ view.totals.failed|thousands }} failed{% endif %}{% if view.totals.unreachable %},
{{ view.totals.unreachable|thousands }} unreachable{% endif %}</small></h2>
{% if not view.hosts %}<p>No host was audited.</p>{% else %}
{% if split %}<p class="note">Each host has a page of its own, with its evidence. They are in the folder pages beside this file.</p>{% endif %}
<div class="hosts{% if view.hosts|length > LONG %} long" tabindex="0" role="region" aria-labelledby="hosts{% endif %}">
<div class="row head" aria-hidden="true"><span></span><span>Host</span><span>Engine</span><span>Score</span>
{%- for status in urgency %}<span class="n">{{ labels[status] }}</span>{% endfor %}</div>
{% if split %}
{% for rows in view.hosts|batch(ROWS) %}
<div class="rows">
{% for host in rows %}
{% if host.outcome == "audited" %}<a class="row host audited" href="{{ host.page }}" data-i="{{ host.index }}">{% else
%}<div class="row host {{ host.outcome }}" data-i="{{ host.index }}">{% endif %}{{ parts.host_row(host, labels, urgency) }}
{{- "</a>"|safe if host.outcome == "audited" else "</div>"|safe }}
{% endfor %}
</div>
{% endfor %}
{% else %}
{% for host in view.hosts %}
<details class="host {{ host.outcome }}" data-i="{{ host.index }}"{{ " open" if not many }}>
<summary class="row">{{ parts.host_row(host, labels, urgency) }}</summary>
<div class="inside">
{{ parts.about_host(host, labels, many, "") }}
<p class="links">{% if host_files %}<a href="{{ host.report }}">All findings of this host as JSON</a>{% endif %}</p>
</div>
</details>
{% endfor %}
{% endif %}
</div>
{% if view.grid.rows|length > 1 %}{{ parts.by_section(view.grid, view.sections) }}{% endif %}
{% endif %}
</section>

{% if view.totals.audited %}
{% set known = view.advisories %}
<section aria-labelledby="advisories">
<h2 id="advisories">Known vulnerabilities <small>{{ advisory.age(known) }}</small></h2>
{% if known.warning %}<p class="banner warned">{{ known.warning }}</p>{% endif %}
{% if known.hosts_without %}<div class="note">The findings say nothing about advisories, so it is not known which are open, on
{{ parts.some(known.hosts_without) }}</div>{% endif %}
{% set nothing = advisory.nothing_open(known) %}
{% if nothing %}<p class="note">{{ nothing }}</p>{% endif %}
{% if known.upgrades or known.not_restarted or known.unknown %}
<div class="chapter fixes">
{% for entry in known.upgrades %}
<details class="fix">
<summary><span class="mark"></span><span><span class="name strong">{{ advisory.installed(entry) }}</span><small>{{ entry.component }}</small></span>
<span>{% if entry.to %}{{ "upgrade to" if entry.origin == "docker" or not entry.package else "upstream fixed in" }}
<b class="name">{{ entry.to }}</b>{% else %}no version with all fixes is known{% endif %}</span>
<span>{{ parts.open_pill(entry.fixes|length) }}{% if many %} {{ plural(entry.hosts|length, "host") }}{% endif %}</span></summary>
<div class="inside">
<p>{{ advisory.upgrade(entry) }}</p>
{% if many %}<div class="on">On {{ parts.some(entry.hosts) }}</div>{% endif %}
{{ parts.advisories(entry.component, entry.fixes, view.titles) }}
</div>
</details>
{% endfor %}
{% for entry in known.not_restarted %}
<details class="fix">
<summary><span class="mark"></span><span class="strong">{{ advisory.program(entry.component) }}</span>
<span>was upgraded: <b>restart</b></span>
<span>{% if entry.fixes %}{{ parts.open_pill(entry.fixes|length) }}{% endif %}{% if many %} {{ plural(entry.hosts|length, "host") }}{% endif %}</span></summary>
<div class="inside">
<p>{{ advisory.restart(entry) }}{% if entry.fixes %} Only that fixes what follows.{% endif %}</p>
{% if many %}<div class="on">On {{ parts.some(entry.hosts) }}</div>{% endif %}
{{ parts.advisories(entry.component, entry.fixes, view.titles) }}
</div>
</details>
{% endfor %}
{% for entry in known.unknown %}
<details class="fix">
<summary><span class="mark"></span><span class="strong"><span class="name">{{ entry.component }}</span></span>
<span class="reason">{{ entry.reason }}</span>
<span>{{ parts.pill("unknown", labels, entry.advisories|length) }}{% if many %} {{ plural(entry.hosts|length, "host") }}{% endif %}</span></summary>
<div class="inside">
{% if many %}<div class="on">On {{ parts.some(entry.hosts) }}</div>{% endif %}
{{ parts.advisories(entry.component, entry.advisories, view.titles) }}
</div>
</details>
{% endfor %}
</div>
{% endif %}
</section>
{% endif %}

{% if view.unused_waivers %}
<section aria-labelledby="waivers">
<h2 id="waivers">Unused waivers <small>{{ view.unused_waivers|length|thousands }}</small></h2>
<p class="aside">They matched no finding on any host of this audit that they are for.</p>
<ul class="plain">{% for waiver in view.unused_waivers %}<li>{{ waiver }}</li>{% endfor %}</ul>
</section>
{% endif %}

{% if view.rules %}
<section aria-labelledby="rules">
<h2 id="rules">Rules <small>{{ view.rules|thousands }} in {{ plural(view.sections|length, "section") }}</small></h2>
<form id="filters" role="search" aria-label="Filter the rules" hidden>
<fieldset class="statuses"><legend class="unseen">Verdict</legend>
{% for status in urgency %}<label class="toggle s-{{ status }}"><input type="checkbox" name="status"
value="{{ letters[status] }}"{{ " disabled" if not counts[status] }}><span>{{ labels[status] }}</span></label>{% endfor %}
</fieldset>
<label><span class="unseen">Level</span><select name="level"><option value="">All levels</option>{% for level in
view.levels %}<option value="{{ level }}">Level {{ level }}</option>{% endfor %}</select></label>
<label><span class="unseen">Section</span><select name="section"><option value="">All sections</option>{% for section
in view.sections %}<option value="{{ section.number }}">{{ section.number }}
{{ section.title }}</option>{% endfor %}</select></label>
{% if split %}<label><span class="unseen">Name of a host</span><input type="search" name="host" placeholder="Name of a host"
autocomplete="off" spellcheck="false"></label>{% elif many %}<label><span class="unseen">Host</span><select
name="host"><option value="">All hosts</option>{% for host in view.hosts if host.outcome == "audited" %}<option
value="{{ host.index }}">{{ host.name }}</option>{% endfor %}</select></label>{% endif %}
<label class="search"><span class="unseen">Search rules, containers and evidence</span><input type="search"
name="text" placeholder="Search rules, containers, evidence" autocomplete="off" spellcheck="false"></label>
<div class="foot"><p class="matches" id="matches" role="status"></p>
<button type="button" id="clear">Reset filters</button><button type="button" id="unfold">Open all</button></div>
</form>
{% if view.failures_only or view.shortened %}<p class="note">This audit is large.
{% if view.failures_only %}The page shows evidence only for failures. {% endif %}
{% if view.shortened %}For each rule it shows the first {{ plural(view.shortened, "subject") }} of a host. {% endif %}
The JSON report of each host contains everything.</p>{% endif %}
{% for section in view.sections %}
<section class="chapter" data-section="{{ section.number }}">
<h3>{{ section.number }} {{ section.title }} <small>{{ plural(section.rules|length, "rule") }}{% if
section.failing %}, {{ section.failing }} with failures{% endif %}</small></h3>
{% for rule in section.rules %}
<details class="rule{{ ' failing' if rule.failing_hosts }}" id="{{ rule.anchor }}" data-level="{{ rule.tally.level or '' }}" data-s="{{ rule.letters }}">
<summary><span class="number">{{ rule.tally.number }}</span>
<span class="level">{% if rule.tally.level %}<span aria-hidden="true">L{{ rule.tally.level }}</span><span
class="unseen">Level {{ rule.tally.level }}</span>{% endif %}</span>
<span class="title">{{ rule.tally.title }}</span>
<span class="verdicts">{% for status, count in rule.counts %}{{ parts.pill(status, labels, count if many else none) }}{% endfor %}</span></summary>
<div class="inside">
<div class="about">
{% if rule.tally.why %}<p class="why">{{ rule.tally.why }}</p>{% endif %}
<dl>
{% if rule.tally.expected %}<div><dt>Expected</dt><dd>{{ rule.tally.expected }}</dd></div>{% endif %}
{% if rule.tally.look_at %}<div><dt>Look at</dt><dd>{{ rule.tally.look_at }}</dd></div>{% endif %}
{% if rule.tally.remedy %}<div><dt>Remedy</dt><dd>{{ rule.summary }}
{% if rule.tally.impact %}<span class="impact i-{{ rule.tally.impact }}">{{ impact_words[rule.tally.impact] }}</span>{% endif %}
{% if rule.playbook %}<p class="caption">Playbook</p>
<pre>{{ rule.playbook }}</pre>{% endif %}
{% if rule.daemon_options %}<p class="caption">In daemon.json</p>
<pre>{% for line in rule.daemon_options %}{{ line }}{{ NL if not loop.last }}{% endfor %}</pre>{% endif %}
{% if rule.commands %}<p class="caption">Commands</p>
<pre>{% for line in rule.commands %}{{ line }}{{ NL if not loop.last }}{% endfor %}</pre>{% endif %}
</dd></div>{% endif %}
{% if rule.tally.policy %}<div><dt>Decided by policy</dt><dd>{% for key, values in
rule.tally.policy.items() %}<code>{{ key }}</code>{% if values|length > 1 %}, which differs between hosts{% elif values %}:
{{ values[0] }}{% endif %}{% if not loop.last %}<br>{% endif %}{% endfor %}</dd></div>{% endif %}
<div><dt>Rule</dt><dd><code>{{ rule.tally.rule }}</code></dd></div>
</dl>
</div>
<div class="groups">
{% for group in rule.groups %}{{ parts.group(group, many, labels, letters, split) }}{% endfor %}
{% if rule.more_groups %}<p class="aside">{{ plural(rule.more_groups, "more result is", "more results are") }} on the pages of the hosts.</p>{% endif %}
</div>
</div>
</details>
{% endfor %}
</section>
{% endfor %}
<p id="nothing" class="note" hidden>No rule matches these filters.</p>
</section>
{% endif %}
</main>
<footer>
<h2>How to read this</h2>
<dl>
<div><dt>Pass, Fail</dt><dd>Decided from facts that were read on the host. The score is the share of passed checks among the
  decided ones. There is no score if the engine could not be asked, or if more checks are unknown than decided.</dd></div>
<div><dt>Unknown</dt><dd>A fact that the rule needs could not be read. Unknown never counts as a pass.</dd></div>
<div><dt>Manual</dt><dd>A person must check this. The rule says where to look.</dd></div>
<div><dt>Waived</dt><dd>A known problem that somebody accepted, with a reason and an expiry date. It counts as decided, but not as a pass.</dd></div>
<div><dt>N/A</dt><dd>The host has nothing that this rule checks.</dd></div>
</dl>
<p>Keep this file private: it shows an attacker where your hosts are weak.
Control characters in names and evidence are shown as escapes, such as <code>\x1b</code>.</p>
</footer>
<script>{{ script }}</script>
</body>
</html>
"""
