# Sourced by demo.sh and test.sh: goes to the project's root, makes .venv from the
# lock if there is none (or if the lock changed), and names its interpreter $python.
#
# EMOSTACK_PYTHON  the Python to make .venv with (3.11, 3.12 or 3.13)
# EMOSTACK_VENV    another folder than .venv
set -eu
cd "$(dirname "$0")/.."

suitable() {
    "$1" -c 'import sys, ensurepip, ssl, venv
sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

find_python() {
    if [ -n "${EMOSTACK_PYTHON:-}" ]; then
        suitable "$EMOSTACK_PYTHON" && { echo "$EMOSTACK_PYTHON"; return; }
        echo "emostack: EMOSTACK_PYTHON ($EMOSTACK_PYTHON) is no Python 3.11, 3.12 or 3.13 with venv and ssl; name another." >&2
        return 1
    fi
    for candidate in python3 python3.13 python3.12 python3.11 python; do
        suitable "$candidate" && { echo "$candidate"; return; }
    done
    echo "emostack: found no Python 3.11, 3.12 or 3.13 with venv and ssl; install one (Debian: apt-get install python3 python3-venv) or name it in EMOSTACK_PYTHON." >&2
    return 1
}

venv=${EMOSTACK_VENV:-.venv}
python=$venv/bin/python
wanted="$(cksum scripts/lock.txt) $(cksum setup.cfg) $(pwd)"

if [ -n "${EMOSTACK_PYTHON:-}" ] && [ -x "$python" ]; then
    chosen=$(find_python) || exit 4
    version='import sys; print(sys.version_info[:2])'
    [ "$("$chosen" -c "$version")" = "$("$python" -c "$version")" ] || rm -rf "$venv"
fi
if [ ! -f "$venv/made" ] || [ "$(cat "$venv/made")" != "$wanted" ]; then
    if [ ! -x "$python" ] || ! "$python" -c '' 2>/dev/null; then
        chosen=$(find_python) || exit 4
        echo "emostack: making $venv with $("$chosen" --version) (a few minutes, about 2.5 GB)" >&2
        rm -rf "$venv"
        "$chosen" -m venv "$venv"
    fi
    "$python" -m pip install --quiet --disable-pip-version-check --require-hashes -r scripts/lock.txt || {
        echo "emostack: the packages of scripts/lock.txt could not be installed; see pip's message above, then run this again." >&2
        exit 4
    }
    "$python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
    echo "$wanted" >"$venv/made"
fi
