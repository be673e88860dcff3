# Ctrl-C while the beam scans: what came is mapped, the rest is named cancelled, nothing runs on.
. "$LIVE"

python=/usr/bin/python3 client=${LIVE%/*}/feed.py document=${LIVE%/tests/*}/docs/live.md
[ -x $python ] || { echo "SKIPPED: no /usr/bin/python3 is there"; exit 77; }
$python "$client" "$document" - - try || exit $?
expect 0 "$eelstream" convert "$made" scan.npy

# begun FILE: waits until it is there.
begun() {
    tries=0
    until [ -s "$1" ]; do
        tries=$((tries + 1))
        [ $tries -lt 2400 ] || fail "$1 did not come"
        sleep 0.1
    done
}

timeout 250 $python "$client" "$document" "ipc://$scratch/feed" scan.npy silent &
"$eelstream" live feed "ipc://$scratch/feed" --on-overrun drop-newest -o stopped --workers 1 \
    --scan 12x32 --axis 350:0.5 --stall 1000 >"$out" 2>"$err" &
run=$!
begun stopped/scan-0001/store/store.json
kill -INT $run
wait $run
[ $? -eq 1 ] || fail "a scan that was stopped did not end the run with 1"
says "$err" "Interrupt, stopping: the rest of this scan is cancelled"
says "$err" "stopped/scan-0001: 320 of 384 pixels have no value: 320 cancelled"
accounted stopped/scan-0001
as_offline stopped/scan-0001
[ "$valued" -eq 64 ] || fail "$valued pixels have a value, 64 were sent"
nothing_left

# --- a flow that stops inside a scan: the listener stops before the scan is let go
"$EEL_BIN/eelstream-ingest" replay "$made" --rate 100 --on-overrun "spool waiting 100M" \
    --out "bind:ipc://$scratch/flow" >"$out" 2>"$err" &
run=$!
begun waiting/scan-0001.spool
kill -TERM $run
wait $run
[ $? -eq 1 ] || fail "a listener that was stopped did not end with 1"
grep -q Sanitizer "$err" && fail "a scan was used after it was let go"

# --- between two scans there is nothing to cancel: the run was good
mkfifo said
exec 3<>said
"$eelstream" live feed "ipc://$scratch/feed" --on-overrun drop-newest -o idle >"$out" 2>said &
run=$!
read -r line <&3
kill -TERM $run
wait $run || fail "a run that was stopped between scans ended with $?"
[ -e idle ] && fail "a run without a scan left its folder"
nothing_left

# left SIGNAL STATUS WORDS: scans wait while one is mapped; the run is stopped, and says how many are not mapped
left() {
    rm -rf waiting left
    timeout 250 $python "$client" "$document" "ipc://$scratch/feed" scan.npy many &
    sender=$!
    "$eelstream" live feed "ipc://$scratch/feed" --on-overrun "$policy" -o left --workers 1 >"$out" 2>"$err" &
    run=$!
    wait $sender || fail "the client ended with $?"
    begun left/scan-0001/store/store.json
    kill -"$1" $run
    wait $run
    got=$?
    [ $got -eq "$2" ] || fail "a run that left scans unmapped ended with $got, expected $2"
    many=$(sed -n 's/^eelstream: .*: \([0-9]*\) scans\{0,1\} that had come .* not mapped.*/\1/p' "$err")
    [ "${many:-0}" -gt 0 ] || fail "how many scans are left was not said once"
    says "$err" "$3"
    grep -q "did not say why" "$err" && fail "the words are no reason"
    nothing_left
}
policy=drop-newest
left INT 130 "that had come"
policy="spool $scratch/waiting 100M"
left TERM 143 "; the same command maps what is in the spool"

# --- and so it does
spooled=$(find waiting -name '*.spool' | wc -l) before=$(find left -name report.json | wc -l)
[ "$spooled" -eq "$many" ] || fail "$many scans are left, and $spooled in the spool"
live replay "$made" --on-overrun "$policy" -o left >"$out" 2>"$err" # the last one may have come in part
[ $? -le 1 ] || fail "going on with the spool did not work"
[ "$(find left -name report.json | wc -l)" -eq $((before + spooled + 1)) ] || fail "scans of the spool are not mapped"
[ -z "$(ls waiting)" ] || fail "a mapped scan is still in the spool: $(ls waiting)"
exit 0
