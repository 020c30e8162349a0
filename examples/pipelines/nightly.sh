#!/bin/sh
# nightly.sh OWNER/REPOSITORY: what a crontab starts. cron sends what it prints by mail; it prints only what went wrong.
set -eu
umask 077
here=$(cd "$(dirname "$0")" && pwd)
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="credential.$GOGS_SPANNER_URL.helper"
export GIT_CONFIG_VALUE_0="!sh $here/spanner-token.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone --quiet "$GOGS_SPANNER_URL/$1.git" "$work"
cd "$work"
date -u > built.txt
git add built.txt
git -c user.name=ci-web -c user.email=ci-web@example.invalid commit --quiet -m "Nightly build"
git push --quiet origin "HEAD:refs/heads/agents/ci-web/nightly-$(date -u +%Y%m%d)"
