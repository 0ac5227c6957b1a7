# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What images tell of themselves: their user and the findings of their history."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.secret_names import is_secret_name
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.images import history
from ansible_collections.seawall.docker.plugins.module_utils._posture.images.collect import (
    passwd_uid,
    secret_suspects_of,
    user_is_root,
)


@pytest.mark.parametrize(
    ("user", "root"),
    [
        ("", True),
        ("0", True),
        ("00", True),
        ("0:0", True),
        ("+0", True),
        ("-0", True),
        ("0:1000", True),
        (":1000", True),
        ("root", True),
        ("root:root", True),
        ("1000", False),
        ("1000:0", False),
        ("0010", False),
        ("web", None),
        ("toor", None),
        ("nobody", None),
        ("0x0", None),
        ("٠", None),
    ],
)
def test_who_an_image_runs_as(user: str, root: bool | None) -> None:
    assert user_is_root(user)[0] is root


@pytest.mark.parametrize(
    ("text", "uid"),
    [
        ("root:x:0:0::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\n", 0),
        ("toor:x:33:33::/:\ntoor:x:0:0::/:\n", 33),
        ("xtoor:x:0:0::/:\n", None),
        ("toor:x:many:0::/:\n", None),
        ("", None),
    ],
)
def test_a_name_has_the_id_of_its_first_line(text: str, uid: int | None) -> None:
    assert passwd_uid(text, "toor") == uid


def layers(*texts: str) -> list[history.Layer]:
    """From the oldest to the newest."""
    return history.layers_of([{"CreatedBy": text} for text in reversed(texts)])


BASE = "/bin/sh -c #(nop) ADD file:1c2b in / "


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        # Of an import, an export of a container, a command without a shell, and a commit.
        ([""], [1]),
        (["", 'CMD ["sh"]'], [1]),
        (["COPY a /a # buildkit", "sleep 3600"], [2]),
        (["/bin/sh -c #(nop) ADD file:1 in / ", "apt-get update"], [2]),
        (["bazel build ...", "", ""], [2, 3]),
        # What tells it, also above a base that does not.
        (["", "RUN /bin/sh -c make # buildkit"], []),
        (["# debian.sh --arch 'amd64' out/ 'bookworm'", 'CMD ["bash"]'], []),
        (["/bin/sh -c #(nop) ADD file:1 in / ", "/bin/sh -c make"], []),
        ([], []),
    ],
)
def test_a_layer_without_an_instruction_tells_nothing(texts: list[str], found: list[int]) -> None:
    assert history.undescribed(layers(*texts)) == found


@pytest.mark.parametrize(
    ("text", "managers"),
    [
        ("/bin/sh -c apt-get update", ["apt-get"]),
        ("RUN /bin/sh -c apt-get update # buildkit", ["apt-get"]),
        ("RUN /bin/bash -o pipefail -c apt-get -qq update # buildkit", ["apt-get"]),
        ("|1 A=b /bin/sh -c apt-get update && rm -rf /tmp/x", ["apt-get"]),
        ("RUN |1 A=b /bin/sh -c apk update # buildkit", ["apk"]),
        ("/bin/sh -c DEBIAN_FRONTEND=noninteractive apt-get -y update; true", ["apt-get"]),
        ("/bin/sh -c yum makecache", ["yum"]),
        ("/bin/sh -c if test -e /x; then apt-get update; fi", ["apt-get"]),
        ("/bin/sh -c until apk update; do sleep 1; done", ["apk"]),
        ("/bin/sh -c sudo -E -n env A=b apt update", ["apt"]),
        ("/bin/sh -c sudo -u root -H apt-get update", ["apt-get"]),
        ("/bin/sh -c timeout 60 nice -n 5 apt-get update", ["apt-get"]),
        ('/bin/sh -c A="b c" sudo --preserve-env=A apt-get update', ["apt-get"]),
        ("/bin/sh -c command -v apt-get update", []),
        ("/bin/sh -c if ! command -v curl; then apt-get update; apt-get install -y curl; fi", []),
        ("/bin/sh -c apt-get update && apt-get install -y curl", []),
        ("/bin/sh -c apt-get update  && apt-get -y --no-install-recommends install curl", []),
        ("/bin/sh -c apk add --no-cache curl", []),
        ("/bin/sh -c apk update && apk add curl", []),
        ("/bin/sh -c echo apt-get update", []),
        ("/bin/sh -c pip install update", []),
        ("COPY apt-get update # buildkit", []),
    ],
)
def test_a_layer_that_only_refreshes_the_index_is_found(text: str, managers: list[str]) -> None:
    assert [entry["manager"] for entry in history.lone_updates(layers(BASE, text))] == managers


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ([BASE], []),
        (["/bin/sh -c #(nop)  ARG RELEASE", "/bin/sh -c #(nop) LABEL a=b", BASE], []),
        (["ADD alpine-minirootfs.tar.gz / # buildkit", 'CMD ["/bin/sh"]'], []),
        ([BASE, "ADD app.tar.gz /srv # buildkit"], [(2, "file")]),
        ([BASE, "/bin/sh -c #(nop) ADD file:9f in /app "], [(2, "file")]),
        ([BASE, "ADD rootfs.tar / # buildkit"], [(2, "file")]),
        ([BASE, "ADD https://example.org/x.tgz /x # buildkit"], [(2, "remote")]),
        (["ADD https://example.org/x.tgz / # buildkit"], [(1, "remote")]),
        (["COPY / / # buildkit", "ADD x / # buildkit"], [(2, "file")]),
        ([BASE, "COPY x /ADD # buildkit", "RUN /bin/sh -c ADD x # buildkit"], []),
    ],
)
def test_every_add_but_the_base_is_found(texts: list[str], found: list[tuple[int, str]]) -> None:
    assert [(entry["layer"], entry["kind"]) for entry in history.add_instructions(layers(*texts))] == found


SECRET = "hunter2hunter2"


@pytest.mark.parametrize(
    ("text", "kind", "name", "pattern"),
    [
        (f"ENV DB_PASSWORD={SECRET}", "environment", "DB_PASSWORD", None),
        (f"/bin/sh -c #(nop)  ENV API_KEY={SECRET}", "environment", "API_KEY", None),
        (f"ENV DB=postgres://app:{SECRET}@db/x", "environment", "DB", "url_credentials"),
        (f"ARG NPM_TOKEN={SECRET}", "build_argument", "NPM_TOKEN", None),
        (f"|1 NPM_TOKEN={SECRET} /bin/sh -c npm ci", "build_argument", "NPM_TOKEN", None),
        (f"RUN |2 A=b GH_TOKEN={SECRET} /bin/sh -c make # buildkit", "build_argument", "GH_TOKEN", None),
        (f"RUN /bin/sh -c export TOKEN={SECRET} && make # buildkit", "command", "TOKEN", None),
        (f"RUN /bin/sh -c curl -u admin:{SECRET} https://x # buildkit", "command", None, "curl_user"),
        (f"RUN /bin/sh -c git clone https://me:{SECRET}@git/x # buildkit", "command", None, "url_credentials"),
        (f"RUN /bin/sh -c mysql --password={SECRET} # buildkit", "command", None, "password_option"),
        (f"ADD https://me:{SECRET}@git.example.org/x.tar / # buildkit", "command", None, "url_credentials"),
        (f"ONBUILD ENV DB_PASSWORD={SECRET}", "environment", "DB_PASSWORD", None),
        (f"/bin/sh -c #(nop)  ONBUILD RUN export TOKEN={SECRET}; make", "command", "TOKEN", None),
        (f'ONBUILD LABEL "db.password"="{SECRET}"', "label", "db.password", None),
        ("RUN /bin/sh -c echo AKIAABCDEFGHIJKLMNOP > /k # buildkit", "command", None, "aws_access_key"),
    ],
)
def test_a_kept_credential_is_found_and_never_shown(
    text: str, kind: str, name: str | None, pattern: str | None
) -> None:
    found = history.secret_suspects(layers(BASE, text), [])

    assert {"layer": 2, "kind": kind, "name": name, "pattern": pattern} in found
    assert SECRET not in json.dumps(found)


@pytest.mark.parametrize(
    "text",
    [
        "ENV DB_PASSWORD=",
        "ENV DB_PASSWORD_FILE=/run/secrets/db",
        "ENV GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D",
        "ARG NPM_TOKEN",
        "ADD file:0f4b24b0a1c6a6f1f2a6d3bb0b8a30d6b8f1bdb3ad4c0f6f2cf0c5fa2be6c1a2 in / ",
        "ONBUILD COPY . /src",
        "RUN /bin/sh -c export TOKEN=$NPM_TOKEN # buildkit",
        "RUN /bin/sh -c curl https://example.org/a:b@c # buildkit",
        "RUN --mount=type=secret,id=npm /bin/sh -c npm ci # buildkit",
        "ENV PATH=/usr/bin TOKEN_URL=https://example.org PWD=/",
    ],
)
def test_a_word_about_a_secret_is_none(text: str) -> None:
    assert history.secret_suspects(layers(BASE, text), []) == []


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        (f'LABEL "db.password"="{SECRET}"', "label", "db.password"),
        (f"/bin/sh -c #(nop) LABEL api_token={SECRET}", "label", "api_token"),
        (f'CMD ["serve" "--password={SECRET}"]', "command", "password"),
        (f'/bin/sh -c #(nop)  ENTRYPOINT ["sh" "-c" "DB_PASSWORD={SECRET} serve"]', "command", "DB_PASSWORD"),
        (f'HEALTHCHECK &{{["CMD-SHELL" "curl --api-key={SECRET} localhost"] "0s"}}', "health_check", "api-key"),
    ],
)
def test_what_the_image_runs_and_its_labels_are_searched_in_history(text: str, kind: str, name: str) -> None:
    found = history.secret_suspects(layers(BASE, text), [])
    assert {"layer": 2, "kind": kind, "name": name, "pattern": None} in found
    assert SECRET not in json.dumps(found)


def test_the_configuration_counts_where_history_is_silent_and_its_gap_is_one() -> None:
    config = {"Env": [f"A_TOKEN={SECRET}"], "Labels": {"b.token": SECRET, "c.token": SECRET}, "Cmd": ["x"]}
    found = secret_suspects_of(layers(BASE, f"LABEL b.token={SECRET}"), config, "")
    assert [(one["layer"], one["kind"], one["name"]) for one in found] == [
        (2, "label", "b.token"),
        (None, "environment", "A_TOKEN"),
        (None, "label", "c.token"),
    ]
    assert SECRET not in json.dumps(found)
    with pytest.raises(Unread, match="it was removed"):
        secret_suspects_of(layers(BASE), {}, "it was removed")
    with pytest.raises(Unread, match="longer"):
        secret_suspects_of(layers(BASE), {"Labels": {"a": "x" * 300_000}}, "")
    assert secret_suspects_of(layers(BASE, f"ENV A_TOKEN={SECRET}"), {}, "it was removed")


def test_the_images_own_environment_counts_where_history_is_silent() -> None:
    found = history.secret_suspects(layers(BASE), [f"DB_PASSWORD={SECRET}", "PATH=/bin"])

    assert found == [{"layer": None, "kind": "environment", "name": "DB_PASSWORD", "pattern": None}]


@pytest.mark.parametrize("value", ["$ecret-of-the-shop", "'$1$salt$hash'", "$"])
def test_a_dollar_sign_in_what_a_variable_holds_expands_nothing(value: str) -> None:
    """In an instruction it names a variable, whose value stands elsewhere."""
    found = history.secret_suspects(layers(BASE, "ENV DB_PASSWORD=$PASSWORD"), [f"DB_PASSWORD={value}"])
    assert found == [{"layer": None, "kind": "environment", "name": "DB_PASSWORD", "pattern": None}]
    assert history.secret_suspects(layers(BASE, "ENV DB_PASSWORD=$PASSWORD"), []) == []


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("PASSWORD", True),
        ("MYSQL_ROOT_PASSWORD", True),
        ("dbPassword", True),
        ("PGPASSWORD", True),
        ("SECRET_1", True),
        ("AWS_SECRET_ACCESS_KEY", True),
        ("API_KEY", True),
        ("APIKEY", True),
        ("GITHUBTOKEN", True),
        ("DB_PASS", True),
        ("PATH", False),
        ("PASSENGER_VERSION", False),
        ("KEYBOARD", False),
        ("GPG_KEY", False),
        ("PUBLIC_KEY", False),
        ("TOKENIZERS_PARALLELISM", False),
        ("SECRET_NAME", False),
        ("COMPASS", False),
        ("BYPASS", False),
        ("", False),
    ],
)
def test_names_of_credentials(name: str, secret: bool) -> None:
    assert is_secret_name(name) is secret


@pytest.mark.parametrize("answer", [None, {}, [None], [{"CreatedBy": None}], [{}]])
def test_half_a_history_is_refused(answer: t.Any) -> None:
    with pytest.raises(ValueError, match="history"):
        history.layers_of(answer)


def test_hostile_history_is_read_in_bounded_time() -> None:
    hostile = [
        "ONBUILD " * 10_000,
        "RUN /bin/sh -c " + "curl " * 20000,
        "ENV " + "A=" * 50000,
        "x" * 10**6,
        "|9 " * 20000 + "/bin/sh -c x",
    ]

    history.secret_suspects(layers(*hostile), [])
    history.lone_updates(layers(*hostile))
    history.add_instructions(layers(*hostile))
