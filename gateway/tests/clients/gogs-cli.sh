#!/bin/sh
# gogs-cli. The token stands in its configuration; what it could not do it says on standard output, and ends with 0.
set -eu
bin=$MADE/python/bin
export COLUMNS=1000
mkdir -p "$HOME/.config"
printf '[api]\nurl = %s/api/v1\nkey = %s\n' "$GATEWAY" "$TOKEN" > "$HOME/.config/gogs_cli.ini"

case $1 in
version) "$bin/python" -c 'from importlib.metadata import version; print(version("gogs-cli"))' ;;
list)
    "$bin/gogs-cli" repo --list --format json | tee said
    ! grep -q Failed said
    ;;
refused)
    "$bin/gogs-cli" repo --add secret | tee said
    grep -q successfully said
    ;;
esac
