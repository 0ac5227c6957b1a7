# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics for the textfile collector of Prometheus' node_exporter. They have no timestamps, which that collector refuses.

A finding is a series of its host and rule. Names of containers are no labels: they change, and every name would be a new series
for good.
"""

from __future__ import annotations

import importlib
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import intake
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats import records

NAME = "seawall_docker.prom"


def pieces(whole: intake.Document, documents: t.Sequence[intake.Document]) -> t.Iterator[str]:
    del whole
    core = importlib.import_module("prometheus_client.core")
    client = importlib.import_module("prometheus_client")
    hosts = core.GaugeMetricFamily(
        "seawall_docker_host_audited",
        "1 for a host that was audited, 0 for one that failed or could not be reached.",
        labels=["host", "outcome", "replayed"],
    )
    counts = core.GaugeMetricFamily(
        "seawall_docker_findings", "Number of findings of a host by status.", labels=["host", "status"]
    )
    score = core.GaugeMetricFamily(
        "seawall_docker_score_ratio",
        "Part of the decided findings that passed; absent for a host without a score.",
        labels=["host"],
    )
    findings = core.GaugeMetricFamily(
        "seawall_docker_finding_subjects",
        "Number of subjects with this status, for each finding that neither passed nor is without application.",
        labels=["host", "rule", "number", "level", "status"],
    )
    # Two names that differ in what cannot be shown would be one series twice, and the collector would drop the whole file.
    outcomes: dict[tuple[str, ...], int] = {}
    summed: dict[tuple[str, ...], int] = {}
    ratios: dict[str, float] = {}
    subjects: dict[tuple[str, ...], int] = {}
    for document in documents:
        host = records.shown(document["host"])
        audited = document["outcome"] == "audited"
        outcomes[(host, document["outcome"], "true" if document["replay"] else "false")] = int(audited)
        for status in intake.STATUSES:
            _add(summed, (host, status), document["counts"][status])
        if audited and document["score"]["percent"] is not None:
            ratios[host] = min(ratios.get(host, 1), document["score"]["percent"] / 100)
        for record in records.of_host(document):
            rule = record.rule
            if record.status not in ("pass", "not_applicable"):
                _add(subjects, (host, rule.slug, rule.number, str(rule.level or ""), record.status), 1)
    for family, values in ((hosts, outcomes), (counts, summed), (findings, subjects)):
        for labels, value in values.items():
            family.add_metric(labels, value)
    for host, ratio in ratios.items():
        score.add_metric([host], ratio)
    registry = client.CollectorRegistry()
    registry.register(_Collector([hosts, counts, score, findings]))
    yield client.generate_latest(registry).decode("utf-8")


def _add(counted: dict[tuple[str, ...], int], labels: tuple[str, ...], number: int) -> None:
    counted[labels] = counted.get(labels, 0) + number


class _Collector:
    def __init__(self, families: list[t.Any]) -> None:
        self._families = families

    def collect(self) -> list[t.Any]:
        return self._families
