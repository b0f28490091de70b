#!/bin/sh
# A program is missing, so its jobs fail. They are found by their cause, and run again once it is there.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

for name in north south west; do
  queuectl enqueue --id "report-$name" --max-retries 0 -- "$folder/report" "$name"
done
queuectl worker start
# It waits for all three, and exits with 127 as they did: the command was not found.
queuectl wait report-north report-south report-west > /dev/null || test $? = 127

echo "failed for want of the program:"
queuectl dlq list --cause not_found --ids

printf '#!/bin/sh\necho "report on $1: fine"\n' > "$folder/report"
chmod +x "$folder/report"
queuectl dlq retry --cause not_found
for name in north south west; do
  queuectl logs --follow --attempt 2 "report-$name"
done
