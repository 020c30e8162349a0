#!/usr/bin/env bash
# run.sh: what an agent does with a gateway, on a demonstration that brings everything.
# run.sh OWNER/REPOSITORY: the same, step by step, with a gateway of yours. See README.md.
set -euo pipefail

usage() {
    echo "usage: run.sh [OWNER/REPOSITORY]" >&2
    echo "with a repository it needs GOGS_SPANNER_URL, and GOGS_SPANNER_AGENT with GOGS_SPANNER_KEY_FILE (or GOGS_SPANNER_ASSERTION_FILE)" >&2
    exit 2
}

# Nothing named, nothing needed: the show has a forge, an identity provider and a gateway of its own, and ends.
demonstrate() {
    if [[ -n ${SPANNER:-} ]]; then
        exec "$SPANNER" demo --once
    fi
    cd "$(dirname "$0")/../.."
    exec cargo run --release -- demo --once
}
[[ $# -gt 0 ]] || demonstrate
[[ $# -eq 1 && $1 == */* && -n ${GOGS_SPANNER_URL:-} ]] || usage
repository=$1
gateway=${GOGS_SPANNER_URL%/}
branch=agents/${GOGS_SPANNER_AGENT:-quickstart}/quickstart
spanner=${SPANNER:-spanner}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

# git with a token that no command line and no file shows. Usage: as TOKEN ARGUMENT...
as() {
    local token=$1
    shift
    GIT_TERMINAL_PROMPT=0 GIT_CONFIG_COUNT=2 \
        GIT_CONFIG_KEY_0=http.extraHeader GIT_CONFIG_VALUE_0="Authorization: Bearer $token" \
        GIT_CONFIG_KEY_1=credential.helper GIT_CONFIG_VALUE_1= \
        git "$@"
}

# A step that must be refused. What git says of it is the point.
must_be_refused() {
    if "$@"; then
        echo "that should have been refused" >&2
        exit 1
    fi
}

say "1. A token for this agent (it names the agent, its rights and its end)"
token=$("$spanner" token get)
"$spanner" token inspect <<<"$token"

say "2. Clone $repository with it"
as "$token" clone --quiet "$gateway/$repository" "$work/clone"
git -C "$work/clone" log --oneline --max-count=3

say "3. Push a branch of its own: $branch"
cd "$work/clone"
git config user.name quickstart
git config user.email quickstart@example.invalid
git switch --quiet --create "$branch"
date -u > quickstart.txt
git add quickstart.txt
git commit --quiet --message "Try the gateway"
as "$token" push --force origin "HEAD:refs/heads/$branch"

say "4. A token that can only read, for a sub-agent. Made offline; nobody can widen it"
narrow=$("$spanner" token attenuate --action contents:read --repository "$repository" --expires 5m --delegate reader <<<"$token")
as "$narrow" ls-remote --heads origin "$branch"

say "5. It cannot push. The reason comes through git"
git commit --quiet --allow-empty --message "Not with this token"
must_be_refused as "$narrow" push origin "HEAD:refs/heads/$branch"

say "6. The REST API, with the same token"
curl --fail --silent --show-error --header @- "$gateway/api/v1/repos/$repository" <<<"Authorization: Bearer $token"
echo

say "7. Revoke it: whoever holds a token may end it, and all that came from it"
curl --fail --silent --show-error --data-urlencode token@- "$gateway/-/spanner/oauth/revoke" < <(printf %s "$token")
must_be_refused as "$narrow" ls-remote origin

say "Done. On the gateway's host, the trail: spanner audit tail"
