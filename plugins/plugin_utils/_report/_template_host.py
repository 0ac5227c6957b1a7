# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTML of a host's own page, as a Jinja2 template. A rule on it is the macro ``own_rule`` of the parts."""

from __future__ import annotations

PAGE = r"""{% import "parts" as parts %}
<!doctype html>
<html lang="en">
{{ parts.head("Docker audit of " ~ host.name, policy) }}
<body class="one">
<header class="top">
<p class="kicker"><a href="../index.html">All hosts</a></p>
<h1 class="name">{{ host.name }}</h1>
</header>
<main>
{% if host.replay %}
<section class="banner replay" aria-label="Replay"><h2>Replay: not a live host</h2>
<p>These verdicts come from a recorded posture. They say nothing about the host as it is now.</p><p>{{ host.replay }}</p></section>
{% endif %}
<section class="summary" aria-labelledby="result">
<h2 id="result" class="unseen">Result</h2>
<div class="score"><p><span class="figure">{{ host.score.percent|percent }}</span><span class="of">{{
host.score.passed|thousands }} of {{ plural(host.score.decided, "check") }} passed</span></p></div>
<ul class="legend">{% for status in urgency %}<li class="{{ 'nil' if not host.counts[status] }}"><i
class="dot s-{{ status }}"></i><b>{{ host.counts[status]|thousands }}</b> {{ labels[status] }}</li>{% endfor %}</ul>
</section>
<section class="alone" aria-labelledby="host"><h2 id="host">Host</h2>
{{ parts.about_host(host, labels, false, "../index.html") }}
{% if host_files %}<p class="links"><a href="../{{ host.report }}">All findings of this host as JSON</a></p>{% endif %}
</section>
<section aria-labelledby="rules"><h2 id="rules">Rules</h2>
<p class="note">Rules that pass or do not apply are in the JSON report alone. What each rule is about is on the page of all hosts.</p>
<div class="chapter">{% for rule in rules %}{{ rule }}{% else %}<p class="inside">Every rule passes or does not apply.</p>{% endfor %}</div>
</section>
</main>
<footer><p>Keep this file private: it shows an attacker where your host is weak.</p></footer>
</body>
</html>
"""
