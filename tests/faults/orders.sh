# Stages started by hand in several orders, all of them killed in the same moment, and started
# again in that order: no order is the right one. A second worker comes where calibrate is there and
# others are missing still: the run might be over before it joins, and without a launcher nobody tells it.
. "$FAULTS"

pids=
trap 'kill -9 $pids 2>/dev/null; rm -rf "$scratch"' EXIT

# is_up PID: its sockets are there (ZeroMQ's own threads run), so the order is the one of the list.
is_up() {
    [ "$(ls "/proc/$1/task" 2>/dev/null | wc -l)" -ge 3 ]
}

# begin OUTDIR ORDER OPTION…: the stages in that order; the options are the aggregate's.
begin() {
    outdir=$1 order=$2
    shift 2
    pids=
    for name in $order; do
        case $name in
        aggregate) by_hand aggregate "$outdir" "$@" ;;
        reader) by_hand reader "$outdir" ${1:+--resume "$outdir/store"} ;;
        *) by_hand "$name" "$outdir" ;;
        esac
        pids="$pids $!"
        [ "$name" = aggregate ] && aggregate=$!
        until_true is_up $!
    done
}

run=0
for order in \
    "reader calibrate infer.1 infer.2 aggregate writer" \
    "writer aggregate infer.1 calibrate infer.2 reader" \
    "infer.1 writer reader aggregate calibrate" \
    "calibrate aggregate reader writer infer.1" \
    "infer.1 aggregate calibrate infer.2 writer reader"; do
    run=$((run + 1))
    mkdir "order$run"
    EEL_FAIL=between_syncs:2:stop EEL_FAIL_STAGE=aggregate
    export EEL_FAIL EEL_FAIL_STAGE
    begin "order$run" "$order"
    unset EEL_FAIL EEL_FAIL_STAGE
    until_true is_stopped "$aggregate"
    kill -9 $pids
    wait $pids
    [ -e "order$run/report.json" ] && fail "a run that was cut short has a report"

    begin "order$run" "$order" --resume
    for pid in $pids; do
        wait "$pid" || fail "$order: a stage ended with $?: $(cat "order$run.words")"
    done
    pids=
    same_results "order$run"
done
exit 0
