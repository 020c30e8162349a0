#!/bin/sh
# git, the one that GIT names.
set -eu
git=${GIT:-git}
here=$(dirname "$0")
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=credential.helper GIT_CONFIG_VALUE_0="!sh '$here/credential.sh'"

case $1 in
version) $git --version | cut -d' ' -f3 ;;
clone) $git clone -q --branch "$3" "$REMOTE" "$2" ;;
shallow) $git clone -q --branch "$3" --depth 1 "$REMOTE" "$2" ;;
fetch) $git -C copy fetch -q ;;
push)
    $git -C copy add "$2"
    $git -C copy commit -q -m "$2"
    $git -C copy push origin "HEAD:$3"
    ;;
tag)
    $git -C copy tag "$2"
    $git -C copy push -q origin "refs/tags/$2"
    ;;
delete) $git -C copy push -q origin ":$2" ;;
esac
