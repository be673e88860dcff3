# Who does not speak the protocol loses its own connection, and nobody else anything.
. "$FAULTS"

pids=
trap 'kill -9 $pids 2>/dev/null; rm -rf "$scratch"' EXIT

mkdir maps
for name in reader calibrate aggregate writer; do # the workers come when the guests have gone
    by_hand $name maps
    pids="$pids $!"
done
for link in 1 2 3 4; do
    until_true [ -S maps-link$link ]
    for how in noise oversize messages; do
        expect 0 "$EEL_BIN/tests/faults/garbage" $how maps-link$link
    done
done
by_hand infer.1 maps
pids="$pids $!"

for pid in $pids; do
    wait "$pid" || fail "a stage ended with $?: $(cat maps.words)"
done
pids=
same_results maps
exit 0
