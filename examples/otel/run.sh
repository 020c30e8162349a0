#!/usr/bin/env bash
# run.sh: a Collector and a Prometheus on loopback, a demonstration that fills them, and what they have seen.
# run.sh --stay: the same two for a gateway of yours, until Ctrl-C. See README.md.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

export COLLECTOR_GRPC=${COLLECTOR_GRPC:-127.0.0.1:4317} COLLECTOR_HTTP=${COLLECTOR_HTTP:-127.0.0.1:4318}
export COLLECTOR_METRICS=${COLLECTOR_METRICS:-127.0.0.1:9464}
prometheus=${PROMETHEUS:-127.0.0.1:9090}
collector=${OTELCOL:-otelcol-contrib}

stay=
case ${1:-} in
    "") ;;
    --stay) stay=yes ;;
    *) echo "usage: run.sh [--stay]" >&2; exit 2 ;;
esac
for program in "$collector" prometheus promtool curl; do
    command -v "$program" >/dev/null || { echo "$program is missing; README.md says where it comes from" >&2; exit 1; }
done

work=$(mktemp -d)
started=()
finish() {
    kill "${started[@]}" 2>/dev/null || true
    wait
    rm -rf "$work"
}
trap finish EXIT

# Waits, a while, until a command succeeds. Usage: until_it WHAT COMMAND...
until_it() {
    local what=$1
    shift
    for _ in $(seq 150); do
        if "$@" >/dev/null 2>&1; then return; fi
        sleep 0.2
    done
    echo "it never came to pass that $what" >&2
    cat "$work"/*.log >&2
    exit 1
}
ask() { promtool query instant "http://$prometheus" "$1"; }
has() { [[ -n $(ask "$1") ]]; }

# Prometheus looks every second here, so that a demonstration is seen.
sed -e "s/127.0.0.1:9464/$COLLECTOR_METRICS/" -e 's/15s/1s/' "$here/prometheus.yml" >"$work/prometheus.yml"
cp "$here/rules.yml" "$work/"

COLLECTOR_FILES=$work "$collector" --config "$here/collector.yaml" >"$work/collector.log" 2>&1 &
started+=($!)
prometheus --config.file "$work/prometheus.yml" --storage.tsdb.path "$work/data" \
    --web.listen-address "$prometheus" >"$work/prometheus.log" 2>&1 &
started+=($!)
until_it "the collector answers" curl --silent --fail "http://$COLLECTOR_METRICS/metrics"
until_it "Prometheus answers" curl --silent --fail "http://$prometheus/-/ready"

if [[ -n $stay ]]; then
    cat <<TEXT
In spanner.toml, then restart the gateway:

  [telemetry]
  otlp_endpoint = "http://$COLLECTOR_GRPC"

Prometheus, with the alerts: http://$prometheus/alerts
Grafana: add http://$prometheus as a data source, import $here/dashboard.json
Traces and decisions, as they come: $work/traces.jsonl $work/decisions.jsonl

It stays up until Ctrl-C.
TEXT
    wait
    exit
fi

echo "A demonstration, told to the collector:"
export OTEL_EXPORTER_OTLP_ENDPOINT=http://$COLLECTOR_GRPC OTEL_EXPORTER_OTLP_PROTOCOL=grpc OTEL_METRIC_EXPORT_INTERVAL=1000
if [[ -n ${SPANNER:-} ]]; then
    "$SPANNER" demo --once
else
    (cd "$here/../.." && cargo run --release -- demo --once)
fi

until_it "the refusals are in Prometheus" has 'gogs_spanner_decisions_total{outcome="refuse"}'
until_it "the traces are there" grep -q spanner.request "$work/traces.jsonl"
until_it "the decisions are there" grep -q not-granted "$work/decisions.jsonl"

echo
echo "Who did what, and why not, as the dashboard has it:"
ask 'sort_desc(sum by (agent, action, outcome, reason) (gogs_spanner_decisions_total))' | sed 's/ @.*//'
echo
decisions=$(grep -o '"stringValue":"decided"' "$work/decisions.jsonl" | wc -l)
spans=$(grep -o '"spanId"' "$work/traces.jsonl" | wc -l)
echo "Beside it, as files: $decisions decisions, with repository, ref and trace; $spans spans, one for each stage of each request."
