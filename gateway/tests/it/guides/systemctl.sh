#!/usr/bin/env bash
# systemctl, where no init system runs: does for one unit what these pages ask of it, by what the unit file says.
set -euo pipefail
unit=$HOME/etc/systemd/system/spanner.service

said() { sed -n "s/^$1=//p" "$unit"; }

runs() { [[ -r /proc/$1/status ]] && ! grep -q '^State:.*Z' "/proc/$1/status"; }

stop() {
    [[ -s $READER/started ]] || return 0
    for id in $(<"$READER/started"); do
        kill "$id"
        while runs "$id"; do :; done
    done
    : > "$READER/started"
}

start() {
    mkdir -p -m "$(said StateDirectoryMode)" "$HOME/var/$(said StateDirectory)"
    mkdir -p -m "$(said RuntimeDirectoryMode)" "$HOME/run/$(said RuntimeDirectory)" "$HOME/run/credentials"
    said LoadCredential | while IFS=: read -r name file; do
        install -m 0400 "$file" "$HOME/run/credentials/$name"
    done
    # The reader's own `spanner`, which waits until it is ready.
    spanner $(said ExecStart | cut -d ' ' -f 2-)
}

case $* in
    daemon-reload) ;;
    "enable --now spanner" | "restart spanner") stop && start ;;
    "stop spanner") stop ;;
    # Before the first start there is nothing to reload.
    "reload spanner") [[ ! -s $READER/started ]] || kill -HUP $(<"$READER/started") ;;
    *) exit 1 ;;
esac
