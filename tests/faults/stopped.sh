# A stage that stands still for longer than a heartbeat, and goes on then, costs nothing: nobody is
# shot for it, nobody dies of it, and the bytes are the same. (That a message broke off with the
# connection may be told.) All cases at the same time.
. "$FAULTS"

stops="reader/after_send:3 calibrate/after_recv:3 infer.1/after_recv:2 infer.2/after_send:1
    aggregate/after_recv:3 aggregate/between_syncs:1 aggregate/after_done:2 all/after_recv:2"

outdir_of() {
    echo "stopped-${1%/*}-${1#*/}"
}

# --- each run comes to where one of its stages stops
pids=
trap 'kill -9 $pids $launchers 2>/dev/null; rm -rf "$scratch"' EXIT
launchers=
for stop in $stops; do
    outdir=$(outdir_of "$stop") stage=${stop%/*}
    [ "$stage" = all ] && stage=infer.1
    EEL_FAIL=${stop#*/}:stop EEL_FAIL_STAGE=$stage \
        "$eelstream" map "$phantom" -o "$outdir" --workers 2 >"$outdir.out" 2>"$outdir.err" &
    launchers="$launchers $!"
    echo $! >"$outdir.launcher"
done
for stop in $stops; do
    launcher=$(cat "$(outdir_of "$stop").launcher") stage=${stop%/*}
    [ "$stage" = all ] && stage=infer.1
    until_true has_stopped "$launcher" "$stage"
    pids="$pids $pid"
    if [ "${stop%/*}" = all ]; then # as Ctrl-Z does in a terminal
        all="$launcher $(cat "/proc/$launcher/task/$launcher/children")"
        kill -STOP $all
        pids="$pids $all"
    fi
done

# --- longer than a heartbeat waits
sleep 4
kill -CONT $pids

for stop in $stops; do
    outdir=$(outdir_of "$stop")
    out=$outdir.out err=$outdir.err
    wait "$(cat "$outdir.launcher")"
    [ $? -eq 0 ] || fail "the run in which ${stop%/*} stood still failed"
    grep -q "died\|silent\|refuses" "$err" && fail "somebody was shot when ${stop%/*} stood still"
    same_results "$outdir"
done
launchers= pids=
nothing_left
exit 0
