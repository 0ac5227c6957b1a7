# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials in the configuration of a container: the place is found, and the value goes nowhere."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.collect import container_facts
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.secret_suspects import (
    MAX_CHARACTERS,
    MAX_FINDINGS,
    secret_suspects,
)
from ansible_collections.seawall.docker.tests.support.dictionary_host import DictionaryHost, container, context_of

SECRET = "hunter2-Tr0ub4dor"
GITHUB = "ghp_" + "a1B2" * 9


@pytest.mark.parametrize(
    ("config", "kind", "name", "pattern"),
    [
        ({"Env": [f"DB_PASSWORD={SECRET}"]}, "environment", "DB_PASSWORD", None),
        ({"Env": [f"DB_PASSWORD=${SECRET}"]}, "environment", "DB_PASSWORD", None),
        ({"Env": [f"DATABASE=postgres://web:{SECRET}@db/shop"]}, "environment", "DATABASE", "url_credentials"),
        ({"Env": [f"DSN=Server=db;User Id=sa;Password={SECRET};"]}, "environment", "DSN", "assignment"),
        ({"Env": [f"DSN=jdbc:mysql://db/x?user=a&password={SECRET}"]}, "environment", "DSN", "assignment"),
        ({"Env": [f"OPTS=-Xmx1g -Ddb.password={SECRET}"]}, "environment", "OPTS", "assignment"),
        ({"Env": [f'CFG={{"user": "a", "password": "{SECRET}"}}']}, "environment", "CFG", "assignment"),
        ({"Env": [f"PG=host=db user=a password={SECRET}"]}, "environment", "PG", "assignment"),
        ({"Env": ["URL=postgres://app:pa$sw'0rd@db/x"]}, "environment", "URL", "url_credentials"),
        ({"Env": ["PAY=sk_" + "live_" + "51H8abcdefghijklmnop"]}, "environment", "PAY", "stripe_key"),
        ({"Env": ["APP=base64:" + "aB3" * 14 + "a="]}, "environment", "APP", "laravel_key"),
        ({"Cmd": ["redis-server", "--requirepass", SECRET]}, "command", None, "password_option"),
        ({"Labels": {"org.example.api-key": SECRET}}, "label", "org.example.api-key", None),
        ({"Labels": {"note": f"use {GITHUB}"}}, "label", "note", "github_token"),
        ({"Cmd": ["serve", f"--db-password={SECRET}"]}, "command", "db-password", None),
        ({"Cmd": ["serve", "--password", SECRET]}, "command", None, "password_option"),
        ({"Entrypoint": ["sh", "-c", f"API_TOKEN='{SECRET}' exec web"]}, "command", "API_TOKEN", None),
        ({"Entrypoint": ["serve", "--password"], "Cmd": [SECRET]}, "command", None, "password_option"),
        ({"Cmd": ["mysql", "-uroot", f"-p{SECRET}"]}, "command", None, "mysql_password"),
        ({"Cmd": ["sh", "-c", f"set -e; exec /usr/bin/mysqld '-p{SECRET}'"]}, "command", None, "mysql_password"),
        (
            {"Healthcheck": {"Test": ["CMD-SHELL", f"mysqladmin ping -p'{SECRET}'"]}},
            "health_check",
            None,
            "mysql_password",
        ),
        ({"Cmd": f"sshpass -p {SECRET} ssh web"}, "command", None, "sshpass_password"),
        ({"Cmd": ["redis-cli", "-h", "db", "-a", SECRET]}, "command", None, "redis_password"),
        ({"Env": [f"NEO4J_AUTH=neo4j/{SECRET}"]}, "environment", "NEO4J_AUTH", None),
        ({"Env": [f"PROXY_AUTH=web:{SECRET}"]}, "environment", "PROXY_AUTH", None),
        ({"Env": [f"VAULT_SECRET_ID={SECRET}"]}, "environment", "VAULT_SECRET_ID", None),
        ({"Cmd": f"curl -u web:{SECRET} http://web"}, "command", None, "curl_user"),
        (
            {"Healthcheck": {"Test": ["CMD-SHELL", f"curl -u web:{SECRET} localhost"]}},
            "health_check",
            None,
            "curl_user",
        ),
    ],
)
def test_a_credential_is_found_and_not_stored(config: t.Any, kind: str, name: str | None, pattern: str | None) -> None:
    found = secret_suspects(config)

    assert {"kind": kind, "name": name, "pattern": pattern} in found
    assert SECRET not in json.dumps(found)
    assert GITHUB not in json.dumps(found)


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"Env": None, "Labels": None, "Cmd": None, "Entrypoint": None, "Healthcheck": None},
        {"Env": ["PATH=/bin", "DB_PASSWORD_FILE=/run/secrets/db", "DB_PASSWORD=", "TOKEN"]},
        {"Env": ["ALLOW_EMPTY_PASSWORD=yes", "MYSQL_RANDOM_ROOT_PASSWORD=True"]},
        {"Labels": {"com.docker.compose.config-hash": "0" * 64, "org.opencontainers.image.version": "1"}},
        {"Env": ["OPTS=--password-file=/x -Dfile.encoding=UTF-8 --token-ttl=5m", "U=http://proxy:3128/a@b"]},
        {
            "Env": [
                "URL=postgres://web:${PASSWORD}@db",
                "DSN=Server=db;Password=${PASSWORD}",
                'J={"password_file": "/x"}',
            ]
        },
        {
            "Env": [
                "KEYCLOAK_AUTH=keycloak:8080",
                "SMTP_AUTH=login:plain",
                "PROXY_AUTH=http:none",
                "AUTH=realm/users",
                "AUTH=C:\\x",
            ]
        },
        {"Cmd": ["find", "/var/lib/mysql", "-type", "f", "-print0"]},
        {"Cmd": ["wait-for", "-host", "mysql", "-port", "3306"]},
        {
            "Cmd": [
                "sh",
                "-c",
                "apt-get install -y mysql-client\nmkdir -pv /x; nc -h mysql -p3306; mysql -p`cat /run/x` -p",
            ]
        },
        {"Env": ["NEO4J_AUTH=none", "SSO_AUTH=https://login.example.org/x", "PG_AUTH=md5", "AUTH=/run/secrets/auth"]},
        {"Env": ["SECRET_ID=prod/db", "AWS_SECRET_ACCESS_KEY_ID=x1"]},
        {"Cmd": ["sh", "-c", 'mysql -P3306 -uroot -p"$PASSWORD" --protocol=tcp; redis-cli -a $PASSWORD ping']},
        {"Cmd": ["sh", "-c", 'API_TOKEN="$TOKEN" exec web --password=$PASSWORD']},
    ],
)
def test_what_holds_no_credential(config: t.Any) -> None:
    assert secret_suspects(config) == []


def test_a_credential_in_a_name_is_masked() -> None:
    assert GITHUB not in json.dumps(secret_suspects({"Labels": {f"token.{GITHUB}.password": "x1"}}))


def test_what_was_not_searched_is_not_known() -> None:
    with pytest.raises(Unread, match="longer than"):
        secret_suspects({"Env": ["A=" + "x" * MAX_CHARACTERS, f"DB_PASSWORD={SECRET}"]})


def test_a_suspect_counts_also_if_not_all_was_searched() -> None:
    found = secret_suspects({"Env": [f"DB_PASSWORD={SECRET}", "A=" + "x" * MAX_CHARACTERS]})

    assert [one["name"] for one in found] == ["DB_PASSWORD"]


def test_the_list_is_bounded() -> None:
    assert len(secret_suspects({"Env": [f"PASSWORD_{number}=x1" for number in range(500)]})) == MAX_FINDINGS


def test_hostile_commands_are_read_in_bounded_time() -> None:
    for text in ("curl " * 50000, "mysql " * 40000, "redis-cli " * 26000, "a=" * 120000, "--" * 120000, "A" * 250000):
        secret_suspects({"Cmd": [text]})


def test_the_posture_of_a_container_has_the_place_alone() -> None:
    inspected = container(running=False)
    inspected["Config"].update(Env=[f"DB_PASSWORD={SECRET}"], Labels={"api.token": SECRET}, Cmd=["--secret", SECRET])

    facts = container_facts(context_of(DictionaryHost({}), inspected), inspected)

    assert [one["kind"] for one in facts["secret_suspects"]] == ["command", "environment", "label"]
    assert SECRET not in json.dumps(facts)
