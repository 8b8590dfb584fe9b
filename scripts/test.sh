#!/bin/sh
# The environment, the linter, the tests. Arguments go to pytest (such as --slow).
. "$(dirname "$0")/environment.sh"
"$python" -m ruff check --quiet .
"$python" -m ruff format --quiet --check .
exec "$python" -m pytest "$@"
