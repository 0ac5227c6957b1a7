# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials in the forms in which configurations, engines and logs write them, and what must stay readable."""

from __future__ import annotations

import json
import string
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.seawall.docker.plugins.module_utils._daemon.keys import OPTIONS
from ansible_collections.seawall.docker.plugins.module_utils._host.secret_words import FORMS, may_be_secret
from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import (
    MASK,
    mask_json,
    mask_lines,
    mask_text,
    mask_value,
    secret_values,
    struck,
)
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon.masking import masked

SECRET = "hunter2hunter2"

# Each holds the credential in place of %s.
TEXTS = (
    "dial tcp: proxyconnect http://me:%s@proxy:3128 refused",
    "using proxy me:%s@proxy:3128",
    "--http-proxy=me:%s@proxy:3128",
    "HTTP_PROXY=me:%s@proxy:3128 NO_PROXY=x",
    "https-proxy: %s@proxy:3128",
    "http://me:a/b@c#d?e%s@proxy:3128",
    "http://me:%s/@proxy:3128/x",
    'parse "http://me:a\\"%s@proxy": invalid userinfo',
    "redis://:%s@cache:6379",
    "redis :%s@cache:6379",
    "GET https://reg.example/v2/?access_token=%s HTTP/1.1",
    'Get "https://blob.example/x?se=2026&sig=%s": EOF',
    "https://x.example/?%s",
    "/v1/query?a=b&c=%s",
    "https://x/cb#access_token=%s",
    "Authorization: Bearer %s",
    "authorization: Basic %s",
    "Authorization: %s and more",
    "map[Authorization:[Bearer %s] Accept:[*/*]]",
    "curl -H 'Authorization: token %s' https://x",
    'curl -H "X-Vault-Token: %s" https://x',
    "Proxy-Authorization: Basic %s",
    "Cookie: a=b; session=%s; c=d",
    "X-Registry-Auth: %s",
    "X-Auth-Token: %s",
    "x-api-key: %s",
    "sent bearer %s to it",
    '{"password": "%s"}',
    '{"password":"a b%s","x":1}',
    'msg="sent {\\"password\\":\\"%s\\"} to plugin"',
    'msg="sent {\\"password\\":\\"a\\\\\\"b%s\\"} to plugin"',
    r'"log":"{\"inner\":\"{\\\"token\\\":\\\"%s\\\"}\"}"',
    "{'password': '%s'}",
    '{"auths": {"reg": {"auth": "%s"}}}',
    '"secrets": ["a", "%s"]',
    "map[password:%s user:x]",
    "password: %s",
    "dbpwd=%s",
    "registry_auth=%s",
    "pg-cred=%s",
    "sshKey=%s",
    "key=%s",
    "DOCKER_AUTH_CONFIG=%s",
    "splunk-token=%s",
    "api_key => %s",
    "login --password %s --username me",
    '["--token", "%s"]',
    "['--token', '%s']",
    'args="[\\"--token\\",\\"%s\\"]"',
    "-token %s",
    "curl -u me:%s https://x",
    "curl --user me:%s https://x",
    "https://hooks.slack.com/services/T0/B0/%s",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n%s\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\\n%s",
    "eyJhbGciOi.eyJzdWIiOi.%s",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789%s",
    "github_pat_11ABCDEFG0abcdefghijklmn%s",
    "glpat-abcdefghij%s",
    "xoxb-1234567890-%s",
    "SWMTKN-1-%s",
    "dckr_pat_abcdefghij%s",
    "hvs.CAESIabcdefgh%s",
)


@pytest.mark.parametrize("text", TEXTS)
def test_no_form_of_a_credential_is_shown(text: str) -> None:
    shown = mask_text(text % SECRET)
    assert SECRET not in shown and MASK in shown
    assert mask_text(shown) == shown
    assert SECRET not in mask_json(text % SECRET)
    # In another string, as a log line in JSON has it.
    assert SECRET not in mask_text(json.dumps({"log": text % SECRET, "n": 1}))
    assert SECRET not in mask_json(json.dumps({"log": text % SECRET, "n": 1}))


KEPT = (
    '{"icc": false, "log-opts": {"max-size": "10m"}, "userns-remap": "dockremap"}',
    '{"insecure-registries": ["reg.example:5000", "10.0.0.0/8"], "mtu": 1400}',
    '{"registry-mirrors": ["https://mirror.example:5000/"], "data-root": "/var/lib/docker"}',
    '{"authorization-plugins": ["opa"], "tlskey": "/etc/docker/key.pem", "tlscacert": "/etc/docker/ca.pem"}',
    '{"log-opts": {"syslog-tls-key": "/k.pem", "splunk-url": "https://splunk:8088", "fluentd-address": "unix:///run/@f"}}',
    '{"default-ulimits": {"nofile": {"Name": "nofile", "Hard": 64000, "Soft": 1024}}, "hosts": ["unix:///run/a@b.sock"]}',
    '{"runtimes": {"kata": {"path": "/usr/bin/kata"}}, "exec-opts": ["native.cgroupdriver=systemd"]}',
    "unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives don't match",
    'time="2026-01-02T10:00:00.5Z" level=info msg="Loading containers: done." container=4f5e6d7c8b9a module=grpc',
    "unauthorized: authentication required",
    'pull nginx:1.25@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: Www-Authenticate: Bearer realm="https://auth"',
    "duplicate key: labels. The user root@host asked for it, see https://docs.docker.com/go/x#y",
    "docker run --user=1000:1000 --volume=/srv:/srv nginx; passing --authorization-plugin opa",
    "Failed to start docker.service: Unit docker@1.service not found (10:20)",
)


@pytest.mark.parametrize("text", KEPT)
def test_what_an_operator_must_see_is_shown(text: str) -> None:
    assert mask_text(text) == text
    assert mask_json(text) == text


CONFIGS: t.Tuple[t.Dict[str, t.Any], ...] = (
    {"proxies": {"http-proxy": "me:%s@p:3128"}},
    {"http-proxy": "%s@p:3128"},
    {"proxies": {"https-proxy": "http://me:a b\"c'%s@p:3128"}},
    {"labels": ["zone=%s"]},
    {"labels": {"zone": "%s"}},
    {"runtimes": {"x": {"path": "/x", "runtimeArgs": ["--token", "%s"]}}},
    {"runtimes": {"x": {"path": "/x", "runtimeArgs": ["--anything", "%s"]}}},
    {"runtimes": {"x": {"path": "/x", "runtimeargs": ["--a=%s"]}}},
    {"runtimes": {"x": {"runtimeType": "io.x", "options": {"ConfigBody": "%s"}}}},
    {"log-opts": {"splunk-token": "%s"}},
    {"log-opts": {"gelf-address": "udp://me:a b%s@h:1"}},
    {"log-opts": {"loki-url": "https://me:%s@loki/push"}},
    {"log-opts": {"x-auth": "%s"}},
    {"log-opts": {"awslogs-credentials-endpoint": "/creds/%s"}},
    {"log-opts": {"fluentd-shared-key": "%s"}},
    {"log-opts": {"http-headers": "Authorization: Bearer %s"}},
    {"registry-mirrors": ["https://me:a/b%s@mirror/"]},
    {"registry-mirrors": ["https://mirror/?sig=%s"]},
    {"insecure-registries": ["me:%s@reg:5000"]},
    {"hosts": ["tcp://me:%s@0.0.0.0:2376"]},
    {"cluster-store": "consul://me:%s@c:8500", "cluster-store-opts": {"kv.password": "%s"}},
    {"storage-opts": ["zfs.token=a, b %s"]},
    {"exec-opts": ["--password", "%s"]},
    {"registry-auth": {"reg": {"n": "%s"}}},
    {"features": {"secretthing": ["a", {"b": "%s"}]}},
    {"nri-opts": {"key": "-----BEGIN EC PRIVATE KEY-----\n%s\n-----END EC PRIVATE KEY-----"}},
)


def planted(value: t.Any, secret: str) -> t.Any:
    if isinstance(value, dict):
        return {key: planted(item, secret) for key, item in value.items()}
    if isinstance(value, list):
        return [planted(item, secret) for item in value]
    return value.replace("%s", secret)


@pytest.mark.parametrize("config", CONFIGS, ids=json.dumps)
def test_options_are_masked_by_what_they_may_hold(config: dict[str, t.Any]) -> None:
    plain = planted(config, SECRET)
    assert SECRET not in mask_json(json.dumps(plain)) and SECRET not in mask_json(json.dumps(plain, indent=2))
    assert SECRET not in json.dumps(mask_value(plain))
    assert all(SECRET not in json.dumps(masked(key, value)) for key, value in plain.items())
    assert mask_json(mask_json(json.dumps(plain))) == mask_json(json.dumps(plain))
    # Whatever an engine repeats of it is struck out.
    assert any(SECRET in secret for secret in secret_values(plain))
    for key, value in plain.items():
        for text in strings(value):
            assert SECRET not in struck(f"{key}: cannot take {json.dumps(text)}, bad", secret_values(plain))


def strings(value: t.Any) -> t.Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings(item)


def test_names_stay_where_values_go() -> None:
    shown = mask_json(
        '{"labels": ["zone=a", "b"], "runtimes": {"x": {"path": "/x", "runtimeArgs": ["-v", "1"]}}, "key": 5}'
    )
    assert json.loads(shown) == {
        "labels": [f"zone={MASK}", "b"],
        "runtimes": {"x": {"path": "/x", "runtimeArgs": [MASK, MASK]}},
        "key": MASK,
    }


def test_no_option_of_the_daemon_is_hidden_by_its_name_alone() -> None:
    assert [option.key for option in OPTIONS if may_be_secret(option.key) or may_be_secret(option.flag)] == []


def test_a_struck_label_takes_no_other_words_along() -> None:
    secrets = secret_values({"labels": ["vendor=docker"]})
    assert (
        struck("/etc/docker/daemon.json: vendor=docker conflicts", secrets)
        == f"/etc/docker/daemon.json: {MASK} conflicts"
    )


def test_a_line_that_was_cut_shows_no_half_of_a_password() -> None:
    for text in (
        "proxy http://me:hunter2hu…",
        "--http-proxy=me:hunter2hu…",
        '{"password":"hunter2hu…',
        "token=hunter2hu…",
    ):
        assert "hunter2" not in mask_text(text), text
    kept = "pull https://reg.example:5000/v2/long…"
    assert mask_text(kept) == kept


def test_a_private_key_over_many_lines_of_a_log_is_masked() -> None:
    key = ["-----BEGIN EC PRIVATE KEY-----", SECRET, SECRET, "-----END EC PRIVATE KEY-----"]
    assert mask_lines(["before", *key, "after"]) == ["before", MASK, "after"]
    assert mask_lines([*key[1:], "after"]) == [MASK, "after"]
    assert mask_lines(["an earlier line", *key[2:]]) == ["an earlier line", MASK]
    assert mask_lines(["before", *key[:3]]) == ["before", MASK]
    assert mask_lines([]) == []


_PASSWORD = st.text(string.ascii_letters + string.digits + "@/#?:!$%^&*()_+~-.;", min_size=4, max_size=24)


@given(_PASSWORD, st.sampled_from(CONFIGS))
def test_no_password_survives_in_an_option(password: str, config: dict[str, t.Any]) -> None:
    plain = planted(config, "Zq" + password + "qZ")
    for shown in (mask_json(json.dumps(plain)), json.dumps(mask_value(plain))):
        assert password not in shown.replace(MASK, "") or password in json.dumps(planted(config, ""))


@given(_PASSWORD)
def test_no_password_survives_in_a_text(password: str) -> None:
    word = "Zq" + password.replace("%", "") + "qZ"
    for text in TEXTS:
        if text.startswith(("https://hooks", "eyJ", "gi", "gh", "gl", "xox", "SWM", "dckr", "hvs", "sent b")):
            continue  # these have an alphabet of their own
        shown = mask_text(text.replace("%s", word))
        assert word not in shown and word[2:-2] + "qZ" not in shown, text


def test_every_form_has_a_name_of_its_own() -> None:
    assert len({name for name, _pattern in FORMS}) == len(FORMS)
