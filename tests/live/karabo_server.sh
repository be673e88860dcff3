# Clients of the Karabo bridge watch a run: every train is right, and the last one is the whole map.
. "$LIVE"

python=/usr/bin/python3 client=${LIVE%/*}/karabo_client.py at=ipc://$scratch/karabo
[ -x $python ] || { echo "SKIPPED: no /usr/bin/python3 is there"; exit 77; }
$python "$client" || exit $?

expect 0 "$eelstream" convert "$made" scan.npy

# watch NAME [FEED…]: a client in the background, told in $watcher
watch() {
    name=$1
    shift
    timeout 200 $python "$client" "$at" "$offline/maps.csv" "$@" >"$name" 2>&1 &
    watcher=$!
}

# --- two clients of a run that grows; one of them feeds it, and goes on when it has seen the first half
watch one
first=$watcher
watch two "${LIVE%/tests/*}/docs/live.md" "ipc://$scratch/feed" scan.npy
expect 0 live feed "ipc://$scratch/feed" --scans 1 --on-overrun drop-newest -o maps --view --karabo "$at"
wait "$first" || { cat one; fail "the first client ended with $?"; }
wait "$watcher" || { cat two; fail "the second client ended with $?"; }
nothing_left

# --- a run that is over
watch three
"$eelstream" view maps/scan-0001 --listen 127.0.0.1:0 --karabo "$at" >"$out" 2>"$err" &
view=$!
wait "$watcher" || { cat three; fail "the client of a finished run ended with $?"; }
kill $view
wait $view

expect 2 "$eelstream" view maps/scan-0001 --listen 127.0.0.1:0 --karabo tcp://0.0.0.0:4545
says "$err" "--karabo: 'tcp://0.0.0.0:4545', expected tcp://127.0.0.1:PORT or ipc://PATH"
expect 2 live replay "$made" --on-overrun drop-newest -o none --karabo "$at"
says "$err" "--karabo: needs --view"
exit 0
