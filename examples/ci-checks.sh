#!/bin/sh
# Runs checks side by side in a queue of their own, shows what each prints, and fails as they fail.
# In a pipeline: ci-checks.sh 'npm run lint' 'npm test' 'npm run build'
set -eu
folder=$(mktemp -d)
export QUEUECTL_DB="$folder/queue.db"
trap 'queuectl worker stop --now 2> /dev/null || true; rm -rf "$folder"' EXIT

queuectl worker start --count "${JOBS:-2}"
ids=
for check in "$@"; do
  ids="$ids $(queuectl enqueue --max-retries "${RETRIES:-0}" --timeout 20m --env-mode all -- sh -ec "$check")"
done

# One after the other on the screen, although they run side by side. It leaves as its job did.
for id in $ids; do
  echo "=== $(queuectl list "$id" --csv --columns command | tail -1)"
  queuectl logs --follow --exit-status "$id" || echo "=== failed ($?)"
done

# The highest exit code of them all is that of this script.
status=0
# shellcheck disable=SC2086 # one word for each id
queuectl wait $ids > /dev/null || status=$?
queuectl dlq list --by cause
exit "$status"
