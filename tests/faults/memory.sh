# The memory of every stage stays below a bound, however large the input is and however long the
# sink stands still. Of the 20 GB a few hundred blocks are mapped: the windows are full long before.
. "$FAULTS"

bound_kib=$((256 * 1024))
more=$scratch/more # the run stops again when this many pixels are durable

# within WHEN: no stage has ever had more than the bound.
within() {
    for name in reader calibrate infer.1 infer.2 aggregate writer; do
        stage_of "$launcher" "$name" || fail "$1: $name is not there: $(cat "$err")"
        peak=$(peak_kib "$pid")
        echo "$1: $name has had $peak KiB"
        [ "$peak" -gt 0 ] && [ "$peak" -le $bound_kib ] ||
            fail "$1: $name has had $peak KiB, expected at most $bound_kib"
    done
}

# ticks: of the processor, that the stages have had so far.
ticks() {
    cat $(sed 's: *\([0-9]\+\) *:/proc/\1/stat :g' "/proc/$launcher/task/$launcher/children") |
        awk '{n += $14 + $15} END {print n}'
}

# is_quiet: the stages have nothing left to do but to say that they are there.
is_quiet() {
    before=$(ticks)
    sleep 1
    [ $(($(ticks) - before)) -le 5 ]
}

durable() {
    tr -d '\000' <maps/store/states | wc -c
}

has_more() {
    [ "$(durable)" -ge "$(cat "$more")" ]
}

"$EEL_BIN/tests/faults/make_sparse" large.dm4 || fail "no large file"
EEL_FAIL=after_done:40:stop EEL_FAIL_STAGE=aggregate \
    "$eelstream" map large.dm4 -o maps --workers 2 >"$out" 2>"$err" &
launcher=$!
trap 'kill -9 $launcher 2>/dev/null; rm -rf "$scratch"' EXIT

# --- the sink stops: the links fill up, and nothing grows beyond them
until_true has_stopped "$launcher" aggregate
aggregate=$pid
within "when the sink stops"
until_true is_quiet
within "when all wait for it"
stage_of "$launcher" reader
settled=$(peak_kib "$pid")

# --- it goes on: so does everything, in the same memory
echo $(($(durable) + 20000)) >"$more"
kill -CONT "$aggregate"
until_true has_more
within "when it has gone on"
stage_of "$launcher" reader
now=$(peak_kib "$pid")
[ "$now" -le $((settled + 16384)) ] || fail "reader grows from $settled to $now KiB"

kill -TERM $launcher
wait $launcher
[ $? -eq 143 ] || fail "the run did not end by SIGTERM"
nothing_left
exit 0
