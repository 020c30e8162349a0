#!/usr/bin/env bash
# spanner, for a reader who has one terminal: what stays is left running, and waited for until it is ready.
set -euo pipefail
if [[ ${1-} != serve ]]; then
    exec "$SPANNER" "$@"
fi
"$SPANNER" "$@" >> "$READER/log" 2>&1 &
echo $! >> "$READER/started"
until curl --fail --silent --output /dev/null "http://$OPERATE/readyz"; do
    kill -0 $! || exit 1
done
