# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report names the playbook that hardening really has for a rule."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import daemon
from ansible_collections.seawall.docker.plugins.plugin_utils._report import fix_words


def test_the_options_are_those_of_the_plan() -> None:
    assert set(fix_words.OF_THE_SITE) == set(daemon._SITE) and set(fix_words.BY_HAND) == set(daemon._NEVER)


def test_each_rule_has_the_playbook_of_its_remedy() -> None:
    benchmark = load_benchmark("cis-1.8.0")
    said = {
        benchmark.number(rule): fix_words.playbook(benchmark.number(rule), rule.remedy or {})
        for rule in benchmark.rules
    }
    assert said["2.10"] == fix_words.Playbook("seawall.docker.userns_remap")
    for number in ("2.2", "1.1.3"):
        assert said[number] == fix_words.Playbook(f'seawall.docker.harden -e \'{{"remediate_rules": ["{number}"]}}\'')
    assert said["2.13"].besides == "with your values in remediate_daemon_options"
    assert said["2.13"].sentence == f"{said['2.13'].arguments}, {said['2.13'].besides}"
    assert said["2.6"] is None and said["5.5"] is None and said["4.1"] is None
