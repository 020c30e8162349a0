#!/bin/sh
# run.sh OWNER/REPOSITORY: what a pipeline bot does: get a token, clone, commit, push a branch of its own.
# run.sh: the same, twice (by key, then by ID token), with a demonstration that brings everything. See README.md.
set -eu
umask 077
here=$(cd "$(dirname "$0")" && pwd)

work=$(mktemp -d)
demo=
clean() {
    [ -z "$demo" ] || { kill "$demo" && wait "$demo"; } || true
    rm -rf "$work"
}
trap clean EXIT
trap 'exit 1' HUP INT TERM

# Where a token comes from: this script's neighbour, or `GET_TOKEN="spanner token get"`.
get_token() {
    if [ -n "${GET_TOKEN:-}" ]; then
        $GET_TOKEN
    else
        sh "$here/spanner-token.sh"
    fi
}

# git with the token in its environment: no command line, no URL and no file shows it, and no other host is given it.
# (What a helper hands out is refused with the reason; of http.extraHeader git 2.39 does not show what a 401 says.)
with_token() {
    at=${GIT_CONFIG_COUNT:-0}
    # shellcheck disable=SC2016 # git's own shell looks the token up
    env GIT_TERMINAL_PROMPT=0 "GIT_CONFIG_COUNT=$((at + 2))" \
        "GIT_CONFIG_KEY_$at=credential.$url.helper" "GIT_CONFIG_VALUE_$at=" \
        "GIT_CONFIG_KEY_$((at + 1))=credential.$url.helper" \
        "GIT_CONFIG_VALUE_$((at + 1))"='!f() { test "$1" = get && printf "username=spanner\npassword=%s\n" "$TOKEN"; }; f' \
        "$@"
}

work_in() {
    repository=$1
    url=${GOGS_SPANNER_URL%/}
    branch=agents/${GOGS_SPANNER_AGENT:-bot}/$(date -u +%Y%m%d-%H%M%S)-$$
    TOKEN=$(get_token)
    export TOKEN
    rm -rf "$work/clone"
    with_token git clone --quiet "$url/$repository.git" "$work/clone" || return 1
    date -u > "$work/clone/built.txt"
    git -C "$work/clone" add built.txt
    git -C "$work/clone" -c user.name=ci-bot -c user.email=ci-bot@example.invalid commit --quiet --message "Build"
    with_token git -C "$work/clone" push --quiet origin "HEAD:refs/heads/${BRANCH:-$branch}" || return 1
    printf 'pushed %s to %s\n' "${BRANCH:-$branch}" "$repository"
}

# A gateway, a forge and an identity provider on loopback. Its last line says where, and what to prove oneself with.
demonstrate() {
    mkfifo "$work/said"
    if [ -n "${SPANNER:-}" ]; then
        "$SPANNER" demo --json > "$work/said" &
    else
        cargo run --quiet --release --manifest-path "$here/../../Cargo.toml" -- demo --json > "$work/said" &
    fi
    demo=$!
    exec 3< "$work/said"
    while read -r ready <&3; do
        case $ready in '{"ready":'*) break ;; esac
    done
    [ -n "$ready" ] || { echo "error: the demonstration ended before it was ready" >&2; exit 1; }
    GOGS_SPANNER_URL=$(member url)
    GOGS_SPANNER_AGENT=$(member agent)
    export GOGS_SPANNER_URL GOGS_SPANNER_AGENT
    # What the demonstration's agent may write.
    BRANCH=agents/docs/by-key GOGS_SPANNER_KEY_FILE=$(member key_file)
    export BRANCH GOGS_SPANNER_KEY_FILE
    work_in acme/handbook
    unset GOGS_SPANNER_KEY_FILE
    BRANCH=agents/docs/by-id-token GOGS_SPANNER_ASSERTION_FILE=$(member assertion_file)
    export GOGS_SPANNER_ASSERTION_FILE
    work_in acme/handbook
}
member() { printf '%s\n' "$ready" | sed -nE 's/.*"'"$1"'":"([^"\\]*)".*/\1/p'; }

case $#:${1-} in
0:) demonstrate ;;
1:*/*)
    [ -n "${GOGS_SPANNER_URL:-}" ] || { echo "error: nothing says where the gateway is" >&2; exit 2; }
    work_in "$1"
    ;;
*) echo "usage: run.sh [OWNER/REPOSITORY]" >&2; exit 2 ;;
esac
