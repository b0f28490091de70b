#!/bin/sh
# Compresses each file of a folder, several at a time, and lists what could not be done. With images it would be
# `-- convert {} {.}.png`: a name with spaces, quotes or line ends stays one argument.
set -eu
folder=$1
workers=${2:-2}

queuectl worker start --count "$workers" --pool convert --queue convert

# All of them are in the queue, or none is. Each stands in for {}; find and --null agree on names of any kind.
ids=$(
  find "$folder" -type f ! -name '*.gz' -print0 |
    queuectl enqueue --each - --null --queue convert --max-retries 0 -- gzip -9 {}
)
if [ -z "$ids" ]; then
  echo "nothing to do"
  exit
fi

# A line for each as it ends; leaves as the worst of them did.
status=0
echo "$ids" | queuectl wait - || status=$?

echo "$ids" | queuectl list - --state dead --columns id,reason,command
exit "$status"
