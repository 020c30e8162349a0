#!/bin/sh
# spanner-token.sh: a token for the proof at hand, with sh, curl and openssl (3.0 or newer).
#
#   spanner-token.sh        prints the token
#   spanner-token.sh get    answers git, which appends that word:
#                           git config credential.https://agents.example.com.helper '!sh ci/spanner-token.sh'
#
# GOGS_SPANNER_URL says where the gateway is; the proof is one of
#   GOGS_SPANNER_KEY_FILE         the key of GOGS_SPANNER_AGENT (PKCS#8 PEM, Ed25519)
#   GOGS_SPANNER_ASSERTION_FILE   a JWT the CI system or Kubernetes hands out, for this gateway as its audience
#   ACTIONS_ID_TOKEN_REQUEST_*    set in jobs of GitHub Actions with `permissions: id-token: write`
# Exit code: 0 done, 1 refused or failed, 2 bad usage. Secrets stand in files of a directory only we read, never on a
# command line.
set -eu
umask 077

tries=3 # a gateway that is restarting is back before that; one that is down is not waited for
patience=120 # seconds, the longest wait between two of them

usage() { printf 'error: %s\nhint: %s\n' "$1" "$2" >&2; exit 2; }
failed() { printf 'error: %s\nhint: %s\n' "$1" "$2" >&2; exit 1; }

# curl as this script uses it: none of the machine's configuration, no proxy, no redirect, https unless on loopback.
fetch() { curl -q --silent --show-error --noproxy '*' --proto '=http,https' --max-time 30 --max-filesize 262144 "$@"; }

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# The member $2 of the JSON in file $1: a number or a text, as the gateway writes them, on one line.
number() { sed -nE 's/.*"'"$2"'":([0-9]+).*/\1/p' "$1"; }
text() { sed -nE 's/.*"'"$2"'":"(([^"\\]|\\.)*)".*/\1/p' "$1" | sed 's/\\\(["\\/]\)/\1/g'; }

# A JWT that this bot holds its key, for one use within a minute (RFC 7523). Ed25519 signs files only, not a pipe.
sign() {
    now=$(date +%s)
    header='{"alg":"EdDSA","typ":"client-authentication+jwt"}'
    claims=$(printf '{"iss":"%s","sub":"%s","aud":"%s","iat":%s,"exp":%s,"jti":"%s"}' \
        "$agent" "$agent" "$url" "$now" $((now + 60)) "$(openssl rand -hex 16)")
    printf '%s.%s' "$(printf %s "$header" | base64url)" "$(printf %s "$claims" | base64url)" > "$work/signed"
    openssl pkeyutl -sign -rawin -inkey "$GOGS_SPANNER_KEY_FILE" -in "$work/signed" -out "$work/signature" ||
        failed "$GOGS_SPANNER_KEY_FILE does not sign" "it holds an Ed25519 key: openssl genpkey -algorithm ed25519"
    printf '%s.%s' "$(cat "$work/signed")" "$(base64url < "$work/signature")" > "$work/proof"
}

# The ID token of this job of GitHub Actions, for this gateway.
ask_github() {
    printf 'header = "Authorization: bearer %s"\n' "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" |
        fetch --fail --config - --output "$work/vouched" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=$url" ||
        failed "GitHub Actions hands out no ID token" "give the job \`permissions: id-token: write\`"
    text "$work/vouched" value | tr -d '\n' > "$work/proof"
}

# Whether git asks for this gateway (git-credential(1)): no other host gets anything, whatever this script was set up for.
asked_for_us() {
    protocol='' host=''
    while IFS='=' read -r name value && [ -n "$name" ]; do
        case $name in
        protocol) protocol=$value ;;
        host) host=$value ;;
        esac
    done
    [ "$protocol://$host" = "$url" ]
}

# Writes the proof to $work/proof: a new one for every try, for a gateway takes a signed one once.
prove() {
    case $proof in
    key) sign ;;
    assertion) tr -d '\r\n' < "$GOGS_SPANNER_ASSERTION_FILE" > "$work/proof" ;;
    github) ask_github ;;
    esac
}

# Sends the proof. The answer's status is printed, its body is in $work/answer.
exchange() {
    if [ "$proof" = key ]; then
        set -- --data grant_type=client_credentials --data-urlencode "client_assertion@$work/proof" --data-urlencode \
            client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer
    else
        set -- --data-urlencode grant_type=urn:ietf:params:oauth:grant-type:token-exchange --data-urlencode \
            subject_token_type=urn:ietf:params:oauth:token-type:jwt --data-urlencode "subject_token@$work/proof"
        [ -z "$agent" ] || set -- "$@" --data "agent=$agent"
    fi
    fetch --output "$work/answer" --write-out '%{http_code}' "$@" "$url/-/spanner/oauth/token" ||
        failed "$url does not answer" "check GOGS_SPANNER_URL, and that the gateway runs"
}

# Says what the gateway said, or waits if it said that waiting helps.
refused() {
    reason=$(text "$work/answer" reason)
    [ -n "$reason" ] || failed "what answered with status $1 is not a gateway" "check GOGS_SPANNER_URL"
    wait=$(number "$work/answer" retry)
    if [ -z "$wait" ] || [ "$wait" -gt "$patience" ] || [ "$try" -ge "$tries" ]; then
        failed "$(text "$work/answer" error_description) ($reason)" "$(text "$work/answer" hint)"
    fi
    sleep "$wait"
}

case ${1-} in
'' | get) ;;
store | erase) exit 0 ;; # git offers to keep what it was given, or to forget it; nothing is kept here
*) usage "spanner-token.sh takes no word but git's" "see its first lines" ;;
esac

url=${GOGS_SPANNER_URL:-}
url=${url%/}
agent=${GOGS_SPANNER_AGENT:-}
case $url in
'') usage "nothing says where the gateway is" "set GOGS_SPANNER_URL" ;;
*[!A-Za-z0-9:/.-]* | *://*/*) usage "GOGS_SPANNER_URL is more than scheme, host and port" "write it as https://agents.example.com" ;;
https://* | http://127.0.0.1:* | http://localhost:*) ;;
*) usage "GOGS_SPANNER_URL is not https" "plain http would let everybody read the proof; it is for this machine only" ;;
esac
[ "${1-}" != get ] || asked_for_us || exit 0
case $agent in
*[!a-z0-9-]*) usage "GOGS_SPANNER_AGENT is not the name of an agent" "it has lower-case letters, digits and hyphens" ;;
esac

if [ -n "${GOGS_SPANNER_KEY_FILE:-}" ] && [ -n "${GOGS_SPANNER_ASSERTION_FILE:-}" ]; then
    usage "GOGS_SPANNER_KEY_FILE and GOGS_SPANNER_ASSERTION_FILE disagree" "leave one of them out"
elif [ -n "${GOGS_SPANNER_KEY_FILE:-}" ]; then
    proof=key file=$GOGS_SPANNER_KEY_FILE
    [ -n "$agent" ] || usage "a key does not say whose it is" "set GOGS_SPANNER_AGENT"
elif [ -n "${GOGS_SPANNER_ASSERTION_FILE:-}" ]; then
    proof=assertion file=$GOGS_SPANNER_ASSERTION_FILE
elif [ -n "${ACTIONS_ID_TOKEN_REQUEST_URL:-}" ] && [ -n "${ACTIONS_ID_TOKEN_REQUEST_TOKEN:-}" ]; then
    proof=github file=/dev/null
else
    usage "no proof at hand" "set GOGS_SPANNER_KEY_FILE with GOGS_SPANNER_AGENT, or GOGS_SPANNER_ASSERTION_FILE"
fi
for program in curl openssl; do
    command -v "$program" > /dev/null || usage "there is no $program here" "install it, or use an image that has it"
done
[ -r "$file" ] || usage "$file cannot be read" "check its path, and whose it is"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

try=1
while :; do
    prove
    status=$(exchange) || exit 1
    [ "$status" != 200 ] || break
    refused "$status"
    try=$((try + 1))
done
token=$(text "$work/answer" access_token)
[ -n "$token" ] || failed "what answered is not a gateway" "check GOGS_SPANNER_URL"
if [ "${1-}" = get ]; then
    # git-credential(1): the expiry keeps git from using it too long.
    expires=$(($(date +%s) + $(number "$work/answer" expires_in)))
    printf 'username=spanner\npassword=%s\npassword_expiry_utc=%s\n' "$token" "$expires"
else
    printf '%s\n' "$token"
fi
