#!/bin/sh
# Backs a folder up once a day, with retries, and tells somebody when it could not be done.
# For cron: 0 2 * * * NOTIFY="mail -s backup me@example.org" /path/to/nightly-backup.sh ~/documents /mnt/backup
set -eu
folder=$1
target=$2
# A command that reads the message from its standard input.
notify=${NOTIFY:-cat}

# A pool of its own, so that a backup never waits behind other work. If it runs already, this changes nothing.
queuectl worker start --pool backup --queue backup

# One backup of a day, and one of a folder at a time: a second call finds the first one's job, and waits for it as well.
# It has to start before the morning, and may try six times.
id="backup-$(date +%Y-%m-%d)"
status=0
queuectl enqueue --id "$id" --key "backup:$folder" --if-exists skip --wait \
  --queue backup --max-retries "${RETRIES:-5}" --timeout 2h --expires-in 6h \
  --env FOLDER="$folder" --env TARGET="$target" -- sh -euc '
    cd "$FOLDER"
    tar -czf "$TARGET/.unfinished" .
    mv "$TARGET/.unfinished" "$TARGET/$QUEUECTL_JOB_ID.tar.gz"
  ' || status=$?

if [ "$status" != 0 ]; then
  {
    echo "backup of $folder failed ($status)"
    queuectl why "$id" || true
    queuectl logs --tail 20 "$id" || true
  } 2>&1 | $notify
fi
exit "$status"
