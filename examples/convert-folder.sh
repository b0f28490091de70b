#!/bin/sh
# Compresses each file of a folder, several at a time, shows how far it is, and lists what could not be done.
set -eu
folder=$1
workers=${2:-2}

for file in "$folder"/*; do
  case $file in *.gz) continue ;; esac
  queuectl enqueue --queue convert --max-retries 0 -- gzip -9 "$file" > /dev/null
done
queuectl worker start --count "$workers" --pool convert --queue convert

# Of the queue convert: jobs that have not ended, those that ended well, those that failed.
figures() {
  queuectl status --json | node -e '
    const { queues } = JSON.parse(require("fs").readFileSync(0, "utf8"));
    const { counts } = queues.find(({ name }) => name === "convert");
    console.log(counts.pending + counts.processing + counts.failed, counts.completed, counts.dead);
  '
}

while read -r left completed dead <<END
$(figures)
END
do
  echo "$left to do, $completed done, $dead failed"
  test "$left" -gt 0 || break
  sleep 0.5
done
queuectl dlq list --queue convert
