# Kills at random for a while; the seed is printed, so that a failure can be had again.
# SEED=N repeats one; SOAK_RUNS=N makes it longer.
. "$FAULTS"
. "${FAULTS%/*}/random.sh"

# pick WORD…: one of them.
pick() {
    random $#
    shift $drawn
    picked=$1
}

for run in $(seq "${SOAK_RUNS:-8}"); do
    outdir=soak-$run
    tries=0
    until [ -e $outdir/report.json ]; do
        pick reader calibrate infer infer.1 infer.2 aggregate
        stage=$picked
        case $stage in
        reader) pick before_send after_send ;;
        aggregate) pick after_recv before_done after_done before_sync between_syncs after_sync ;;
        *) pick after_recv before_send after_send ;;
        esac
        point=$picked
        random 9
        point=$point:$((drawn + 1))
        random 3
        workers=$((drawn + 1))
        tries=$((tries + 1))
        [ $tries -gt 6 ] && stage=nobody
        echo "run $run: $stage at $point, $workers workers"
        broken "$point" "$stage" map $outdir --workers $workers >"$out" 2>"$err"
        nothing_left
    done
    if grep -q '"complete": false' $outdir/report.json; then # one died at every block
        expect 0 map $outdir --retry poison
    fi
    same_results $outdir
    rm -r $outdir
done
exit 0
