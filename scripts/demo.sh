#!/bin/sh
# From nothing to a report: the environment, a made-up corpus, the whole chain.
# Arguments go to `emostack demo` (such as --seeds 3).
. "$(dirname "$0")/environment.sh"
exec "$python" -m scripts demo "$@"
