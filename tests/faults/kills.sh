# Each stage is killed at each of its kill points. A worker is replaced and nothing is to be seen
# of it; the death of any other stage ends the run, and the same command goes on to the same bytes.
. "$FAULTS"

for point in after_recv:1 after_recv:5 before_send:3 after_send:1 after_send:4; do
    EEL_FAIL_ONCE=$scratch/once-$point
    export EEL_FAIL_ONCE
    expect_broken 0 $point infer map "infer-$point" --workers 2
    unset EEL_FAIL_ONCE
    one_line "$err"
    says "$err" "died (Killed) and is started again"
    same_results "infer-$point"
    nothing_left
done

# --- one that is asked to end leaves in good order, and is replaced as well
EEL_FAIL=between_syncs:1:stop EEL_FAIL_STAGE=aggregate
export EEL_FAIL EEL_FAIL_STAGE
"$eelstream" map "$phantom" -o asked --workers 1 >"$out" 2>"$err" &
launcher=$!
unset EEL_FAIL EEL_FAIL_STAGE
until_true has_stopped $launcher aggregate
stopped=$pid
stage_of $launcher infer.1 || fail "the worker is not there"
kill -TERM "$pid"
until_true grep -q "infer.1 died (Terminated) and is started again" "$err"
kill -CONT "$stopped"
wait $launcher || fail "a worker that left ended the run"
one_line "$err"
same_results asked
nothing_left

for kill in reader/before_send:1 reader/after_send:4 reader/after_send:9 \
    calibrate/after_recv:1 calibrate/before_send:5 calibrate/after_send:9 \
    aggregate/after_recv:3 aggregate/before_sync:1 aggregate/between_syncs:1 \
    aggregate/after_sync:1 aggregate/before_done:1 aggregate/after_done:2 \
    aggregate/before_sync:3 aggregate/between_syncs:3; do
    stage=${kill%/*} point=${kill#*/} outdir=${kill%/*}-${kill#*/}
    expect_broken 1 "$point" "$stage" map "$outdir"
    one_line "$err"
    says "$err" "$stage died (Killed); run the same command again to go on"
    nothing_half_written "$outdir"
    nothing_left
    goes_on "$outdir"
done

# --- the writer: its own programs and pipes make the moment certain
mkfifo told
exec 3<>told
ln -s "$EEL_BIN"/share bin/
for program in "$EEL_BIN"/eelstream-*; do
    ln -s "$program" bin/
done
rm bin/eelstream-writer
cp "$eelstream" bin/eelstream
echo "echo \$\$ >$scratch/told; exec $EEL_BIN/eelstream-writer \"\$@\"" | fake writer
bin/eelstream map "$phantom" -o writer --workers 1 >"$out" 2>"$err" &
run=$!
read -r pid <&3
kill -9 "$pid"
wait $run
[ $? -eq 1 ] || fail "a dead writer did not end the run"
no_progress
says "$err" "writer died (Killed); run the same command again to go on"
nothing_left "$pid"
goes_on writer

# --- Ctrl-C and kill, with all stages up: what was done is kept
for signal in INT:130 TERM:143; do
    outdir=signal-${signal%:*}
    bin/eelstream map "$phantom" -o "$outdir" --workers 1 >"$out" 2>"$err" &
    run=$!
    read -r pid <&3
    kill -"${signal%:*}" $run
    wait $run
    [ $? -eq "${signal#*:}" ] || fail "SIG${signal%:*} did not end the run with ${signal#*:}"
    no_progress
    one_line "$err"
    says "$err" "ending; run the same command again to go on"
    nothing_half_written "$outdir"
    nothing_left "$pid"
    goes_on "$outdir"
done

# --- the launcher itself: its stages go with it
bin/eelstream map "$phantom" -o launcher --workers 1 >"$out" 2>"$err" &
run=$!
read -r pid <&3
kill -9 $run
wait $run
rm -rf run/*
tail --pid="$pid" -f /dev/null
nothing_half_written launcher
goes_on launcher
exit 0
