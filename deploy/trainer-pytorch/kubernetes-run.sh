#!/bin/sh
# A trainer for distillation.trainer that trains as a Kubernetes Job. The gateway's data directory
# is /data, on a volume that both may mount (ReadWriteMany); kubectl may create and delete jobs.
#
#   trainer: { kind: command, command: [/bin/sh, deploy/trainer-pytorch/kubernetes-run.sh] }
#
# From the environment: CLAIM, name of that volume's claim; IMAGE (default understudy-trainer);
# SECONDS_MAX, after which the cluster ends the Job itself (default 3600, as trainer.minutesMax has).
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
: "${CLAIM:?name of the persistent volume claim with the data directory}"
JOB="understudy-trainer-$(date +%s)-$$"
# A JSON list of the arguments, which YAML reads as it is.
ARGUMENTS="[$(for word; do printf '"%s",' "$(printf %s "$word" | sed 's/[\\"]/\\&/g')"; done | sed 's/,$//')]"
manifest=$(sed -e "s|\${JOB}|$JOB|; s|\${IMAGE}|${IMAGE:-understudy-trainer}|; s|\${CLAIM}|$CLAIM|" \
  -e "s|\${SECONDS_MAX}|${SECONDS_MAX:-3600}|" \
  -e "s|\${ARGUMENTS}|$(printf %s "$ARGUMENTS" | sed 's/[&|\\]/\\&/g')|" "$here/kubernetes-job.yaml")
if [ -n "${DRY_RUN:-}" ]; then
  printf '%s\n' "$manifest"
  exit 0
fi
# The Job ends with this script. dash runs no EXIT trap when a signal ends it, and no trap at all
# while a command is in the foreground: the long ones are waited for.
trap 'kubectl delete job "$JOB" --ignore-not-found --wait=false >/dev/null' EXIT
trap 'exit 143' HUP INT TERM
wait_for() { "$@" & wait $!; }
printf '%s\n' "$manifest" | kubectl apply -f - >&2
wait_for kubectl wait --for=condition=Ready pod -l "job-name=$JOB" --timeout=10m >&2 || true
wait_for kubectl logs -f "job/$JOB" # Its lines of progress are ours.
wait_for kubectl wait --for=condition=complete "job/$JOB" --timeout=1m >&2
