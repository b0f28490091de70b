#!/bin/sh
# Backs a folder up once a day, with retries. For cron: 0 2 * * * /path/to/nightly-backup.sh ~/documents /mnt/backup
set -eu
folder=$1
target=$2

# The day is in the id. An id that is taken exits 4: today's backup is in the queue, or done, already.
id="backup-$(date +%Y-%m-%d)"
status=0
said=$(
  queuectl enqueue --id "$id" --queue backup --max-retries 5 --timeout 2h \
    --env FOLDER="$folder" --env TARGET="$target" -- sh -euc '
      cd "$FOLDER"
      tar -czf "$TARGET/.unfinished" .
      mv "$TARGET/.unfinished" "$TARGET/$QUEUECTL_JOB_ID.tar.gz"
    ' 2>&1
) || status=$?
case $status in
  0) echo "$id is in the queue" ;;
  4) echo "$id was enqueued before" ;;
  *) echo "$said" >&2; exit "$status" ;;
esac

# A pool of its own, so that a backup never waits behind other work. If it runs already, this changes nothing.
queuectl worker start --pool backup --queue backup
