#!/usr/bin/env bash
# Makes .venv with the pinned packages: `bash setup.sh runtime` or `bash setup.sh dev`. No root, safe to run again.
set -euo pipefail
cd "$(dirname "$0")"
kind=${1:?usage: bash setup.sh runtime|dev}
started=$SECONDS

say() { printf 'set-up: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

find_python() {
    local name
    for name in ${PYTHON_FOR_VENV:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$name"
            return
        fi
    done
    die "Python 3.11 or newer is missing: install it (Debian: apt-get install python3 python3-venv; macOS: brew install python)"
}

case $kind in
runtime) file=requirements.txt ;;
dev) file=requirements-dev.txt ;;
*) die "expected runtime or dev, found $kind" ;;
esac

if [ ! -x .venv/bin/python ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    say "making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv ||
        die "cannot make .venv: Python's venv module is missing (Debian: apt-get install python3-venv)"
fi

say "installing $(grep -c '==' "$file") pinned packages from $file (about a minute the first time)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$file" ||
    die "installing from $file failed: see pip's message above; nothing else was changed, run it again"
touch .venv/.runtime
[ "$kind" = runtime ] || touch .venv/.dev
say "done in $((SECONDS - started)) s"
