#!/bin/sh
# Stands in for a C compiler and an archiver for a system this machine has none for. `cargo check` links nothing, so what
# they make is not looked at; asked what it is, it is clang.
set -eu
made=
for word in "$@"; do
    case $word in
    -E) echo clang && exit ;;
    esac
    if [ "${before-}" = -o ]; then made=$word; fi
    case $word in
    *.a) made=$word ;;
    esac
    before=$word
done
if [ -n "$made" ]; then : > "$made"; fi
