# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories of the host that containers mount get the shifted owners, and their own ones again."""

from __future__ import annotations

import sys
import typing as t

from ansible_collections.seawall.docker.tests.integration.test_remake import (
    JOURNAL,
    carried,
    did,
    made_again,
    recorded,
    remapped,
    stopped,
)
from ansible_collections.seawall.docker.tests.support.direct_module import run_module
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

ID_MAP = [{"inside": 0, "outside": 300000, "count": 65536}]
LOOK = "cd /data && busybox find . | busybox sort | while read -r f; do busybox stat -c '%n %u:%g %a %Y' $f; done"
# A file system of its own, which nobody else on this machine sees.
SRV = """
mount -t tmpfs -o mode=755 tmpfs /srv; mkdir -p /srv/shop/deep /srv/www /srv/agent /srv/held /srv/open/inner /srv/of-etc /srv/ro
echo row > /srv/shop/table; chown 999:998 /srv/shop/table; chmod 640 /srv/shop/table; ln -s /etc/shadow /srv/shop/deep/link
echo x > /srv/shop/setuid; chown 0:0 /srv/shop/setuid; chmod 4755 /srv/shop/setuid; chmod 700 /srv/www
mount --bind /etc /srv/of-etc; mount -t tmpfs -o ro tmpfs /srv/ro; chmod 777 /srv/open; echo x > /srv/secret; ln /srv/secret /srv/held/name
"""

STATE = """
import sys
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import OWNERS, Journal
journal, document = Journal(sys.argv[1]), Journal(sys.argv[1]).read(OWNERS)
document["paths"]["/srv/shop"]["state"] = sys.argv[2]
journal.write(OWNERS, document)
"""


def left(host: IsolatedHost, state: str) -> None:
    """Have the journal say what it says after the module was killed."""
    done = host.run(sys.executable, "-c", STATE, JOURNAL, state)
    assert done.returncode == 0, done.stderr


def owned(host: IsolatedHost, state: str, *flags: str, **options: t.Any) -> dict[str, t.Any]:
    return run_module(host, "migration_owners", {"journal": JOURNAL, "state": state, **options}, *flags)


def test_directories_are_shifted_and_taken_back() -> None:
    with IsolatedHost() as host:
        host.start()
        assert host.run("sh", "-ec", SRV).returncode == 0
        flags = [f"--volume=/srv/{name}:/m/{name}" for name in ("held", "of-etc", "ro", "open/inner")]
        host.container("shop", "--stop-signal=SIGKILL", "--volume=/srv/shop:/data", "--volume=/etc:/m/etc", *flags)
        host.container(
            "web", "--stop-signal=SIGKILL", "--volume=/srv/www:/www:ro", "--user=33:33", "--volume=/srv/agent:/a"
        )
        host.container("agent", "--stop-signal=SIGKILL", "--userns=host", "--volume=/srv/agent:/agent")
        seen = did(host, "exec", "shop", "sh", "-c", LOOK)
        assert "./table 999:998 640" in seen

        # The plan, before anything is written.
        plan = owned(host, "shifted", "--check", paths=["/srv/shop"], uid_map=ID_MAP)
        assert plan["changed"] and not plan["failed"], plan
        rows = {one["source"]: one for one in plan["bind_mounts"]}
        assert rows["/srv/shop"]["entries"] == 5 and rows["/srv/shop"]["advice"] == []
        assert rows["/srv/www"]["advice"] == ["setfacl -R -P -m u:300033:rX,d:u:300033:rX -- /srv/www"]
        assert rows["/srv/agent"]["outside"] == ["agent"] and rows["/srv/held"]["advice"] == [
            "setfacl -R -P -m u:300000:rwX,d:u:300000:rwX -- /srv/held",
            "chown -R -h 300000:300000 -- /srv/held",
        ]
        for path, words in (
            ("/etc", "is, holds or lies in /etc, a directory of the system"),
            ("/srv/of-etc", "/srv/of-etc is another name of /etc, which"),
            ("/srv/agent", "is also used by agent, whose users stay those of the host"),
            ("/srv/ro", "is on a file system that is mounted read-only"),
            ("/srv/held", "has 2 names, and 1 of them here"),
            ("/srv/open/inner", "/srv/open is not used"),
            ("/srv", "is no directory of the host that a container mounts"),
        ):
            refused = owned(host, "shifted", "--check", paths=["/srv/shop", path], uid_map=ID_MAP)
            assert refused["failed"] and words in refused["msg"], (path, refused["msg"])
        assert "no journal in" in owned(host, "shifted", paths=["/srv/shop"], uid_map=ID_MAP)["msg"]

        assert recorded(host, containers=["shop", "web", "agent"])["changed"] and carried(host, "saved")["changed"]
        assert "does not remap yet" in owned(host, "shifted", paths=["/srv/shop"], uid_map=ID_MAP)["msg"]
        assert stopped(host, "stopped")["changed"]
        remapped(host)
        assert carried(host, "loaded")["changed"]
        begun = owned(host, "shifted", paths=["/srv/shop"], uid_map=ID_MAP, wait=0)
        assert begun["changed"] and begun["progress_file"].startswith("/run/seawall.docker/"), begun
        done = owned(host, "shifted", paths=["/srv/shop"], uid_map=ID_MAP)
        assert done["changed"] or begun["state"] == "shifted", (begun, done)
        assert done["state"] == "shifted" and done["shifted"] == ["/srv/shop"], done
        shown = begun if begun["state"] == "shifted" else done
        assert (shown["phase"], shown["entries"], shown["entries_total"]) == ("shift", 5, 5), shown
        assert not owned(host, "shifted", paths=["/srv/shop"], uid_map=ID_MAP)["changed"]
        left(host, "begun")
        assert made_again(host, stage="volumes")["state"] == "made"
        for options in ({"stage": "containers"}, {"stage": "running"}):
            assert "/srv/shop are shifted only in part" in made_again(host, **options)["msg"]
        assert owned(host, "shifted", paths=["/srv/shop"], uid_map=ID_MAP)["state"] == "shifted"
        running = made_again(host)
        assert running["state"] == "running", running
        assert did(host, "exec", "shop", "sh", "-c", LOOK) == seen
        assert host.run("stat", "-c", "%u:%g", "/srv/shop/table", "/etc/shadow").stdout.split()[0] == "300999:300998"
        assert host.run("stat", "-c", "%u", "/etc/shadow").stdout.strip() == "0"
        assert "run: web; stop them first" in owned(host, "shifted", paths=["/srv/www"], uid_map=ID_MAP)["msg"]
        did(host, "exec", "shop", "sh", "-c", "cd /data; echo later > later; echo x > evil; chmod 4755 evil")
        assert "still remaps" in owned(host, "restored")["msg"] and owned(host, "restored", "--check")["changed"]

        host.stop()
        host.start(images=False)
        left(host, "going back")
        early = stopped(host, "started")
        assert early["failed"] and "(going back)" in early["msg"] and not stopped(host, "stopped")["failed"], early
        back = owned(host, "restored")
        assert back["changed"] and back["dropped"] == ["/srv/shop/evil"] and back["shifted"] == [], back
        assert not owned(host, "restored")["changed"]
        assert stopped(host, "started")["state"] == "started"
        after = did(host, "exec", "shop", "sh", "-c", LOOK).splitlines()
        assert set(seen.splitlines()[1:]) < set(after)
        assert [one.rpartition(" ")[0] for one in after if "evil" in one or "later" in one] == [
            "./evil 0:0 755",
            "./later 0:0 644",
        ]
