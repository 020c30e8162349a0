#!/usr/bin/env bash
# spanner, for a reader who has one terminal and shares the machine with others: what stays is left running, and waited for
# until it answers; the private listener, for which `spanner init` finds a port that is free now, gets one when it starts.
set -euo pipefail
config=spanner.toml
for ((at = 1; at < $#; at++)); do
    [[ ${!at} != --config ]] || { next=$((at + 1)) && config=${!next}; }
done

# The address of a section.
address() { sed -n "/^\[$1\]/,/^address/s/^address = \"\([^\"]*\)\".*/\1/p" "$config"; }

case ${1-} in
    init)
        "$SPANNER" "$@"
        sed -i "s/^address = \"$(address operate)\"/address = \"127.0.0.1:0\"/" "$config"
        ;;
    serve)
        "$SPANNER" "$@" >> "$READER/log" 2>&1 &
        echo $! >> "$READER/started"
        scheme=http
        ! grep -q '^tls = ' "$config" || scheme=https
        until curl --insecure --fail --silent --output /dev/null "$scheme://$(address listen)/-/spanner/livez"; do
            kill -0 $! || exit 1
            ((SECONDS < 30)) || exit 1
        done
        ;;
    login)
        # A person sits at a terminal.
        script --quiet --return --flush --command "$(printf '%q ' "$SPANNER" "$@")" "$READER/terminal" < /dev/null
        ;;
    *) exec "$SPANNER" "$@" ;;
esac
