# The launcher with stages that are a few lines of shell: what it starts, replaces and ends.
. "$CLI"

launcher=$scratch/bin/eelstream

# Stages write to `told` when they are up, so the test never waits by the clock.
fresh() {
    exec 3<&-
    rm -f told
    mkfifo told
    exec 3<>told
}

fake source <<'END'
echo "source $$ $*" >told
read -r go <go
END
fake work <<'END'
echo "work $$ $*" >told
[ -p work ] && read -r go <work
exit 0
END
fake sink <<'END'
echo "sink $$ $*" >told
read -r go <finish
END
fake broken <<'END'
echo "broken: file.dm3: has no spectra" >&2
exit 1
END
fake misused <<'END'
echo "misused: --offset: 'x' is not a number" >&2
exit 2
END
fake mute <<'END'
exit 1
END
mkfifo go finish
printf 'source --depth 1\nwork x2\nsink --output $1\n' >work.flow

# heard: one line of a stage that is up, its name in $stage, its process in $pid, the rest in $words.
heard() {
    read -r stage pid words <&3 || fail "no stage has spoken"
}

# --- links: who binds, who connects, and what each stage is told
fresh
"$launcher" run work.flow "my out" sink.depth=3 >"$out" 2>"$err" &
run=$!
for i in 1 2 3 4; do
    heard
    case $stage in
    source) source=$pid source_words=$words ;;
    work) worker=$pid work_words=$words ;;
    sink) sink=$pid sink_words=$words ;;
    esac
done
dir=$scratch/run/$(ls run)
[ "$(stat -c %a "$dir")" = 700 ] || fail "the run folder is open to others"
case $source_words in
"--depth 1 --out bind:ipc://$dir/link1 --run "*" --name source --status ipc://$dir/status") ;;
*) fail "source was told: $source_words" ;;
esac
case $work_words in
"--in connect:ipc://$dir/link1 --out connect:ipc://$dir/link2 --run "*" --name work."[12]" "*) ;;
*) fail "work was told: $work_words" ;;
esac
case $sink_words in
"--output my out --depth=3 --in bind:ipc://$dir/link2 --run "*) ;;
*) fail "sink was told: $sink_words" ;;
esac
run_number=$(echo "$source_words" | sed 's/.*--run \([0-9a-f]*\) .*/\1/')
[ ${#run_number} -eq 32 ] || fail "the run's number is '$run_number'"
echo >go
echo >finish
wait $run || fail "the run ended with $?"
nothing_left "$source" "$worker" "$sink"

# --- a worker that was killed is replaced, up to the limit
fresh
mkfifo work
"$launcher" run work.flow out --workers 1 >"$out" 2>"$err" &
run=$!
deaths=0
while [ $deaths -lt 9 ]; do
    heard
    if [ "$stage" = work ]; then
        kill -9 "$pid"
        deaths=$((deaths + 1))
    fi
done
wait $run
[ $? -eq 1 ] || fail "nine dead workers did not end the run"
says "$err" "work.1 died (Killed) and is started again"
says "$err" "work.1 died (Killed), after 8 others"
[ "$(wc -l <"$err")" -eq 9 ] || fail "not one line for each death"
nothing_left
rm work

# --- any other stage is not replaced
fresh
"$launcher" run work.flow out >"$out" 2>"$err" &
run=$!
for i in 1 2 3 4; do
    heard
    [ "$stage" = sink ] && sink=$pid
    [ "$stage" = source ] && source=$pid
done
kill -9 "$sink"
wait $run
[ $? -eq 1 ] || fail "a dead sink did not end the run"
one_line "$err"
says "$err" "sink died (Killed)"
nothing_left "$source"

# --- the failing stage's own words, once, and its kind of status
for failure in broken:1:"has no spectra" misused:2:"is not a number"; do
    name=${failure%%:*} rest=${failure#*:}
    printf 'source\n%s\nsink\n' "$name" >fail.flow
    expect "${rest%%:*}" "$launcher" run fail.flow
    one_line "$err"
    says "$err" "${rest#*:}"
    nothing_left
done
printf 'source\nmute\nsink\n' >fail.flow
expect 1 "$launcher" run --progress fail.flow
says "$err" "mute failed and did not say why"
nothing_left

# --- signals end everything
for signal in INT:130 TERM:143 HUP:129; do
    fresh
    "$launcher" run work.flow out >"$out" 2>"$err" &
    run=$!
    pids=
    for i in 1 2 3; do
        heard
        pids="$pids $pid"
    done
    kill -"${signal%:*}" $run
    wait $run
    got=$?
    [ $got -eq "${signal#*:}" ] || fail "SIG${signal%:*} ended the run with $got"
    one_line "$err"
    nothing_left $pids
done

# --- what a launcher leaves that is killed outright, the next one removes; not what is in use
fresh
"$launcher" run work.flow out >"$out" 2>"$err" &
run=$!
for i in 1 2 3; do heard; done
kill -KILL $run
wait $run
[ "$(ls run | wc -l)" -eq 1 ] || fail "expected the folder of the killed run, found $(ls run)"
fresh
"$launcher" run work.flow out >"$out" 2>"$err" &
run=$!
pids=
for i in 1 2 3; do
    heard
    pids="$pids $pid"
done
touch -d '1 hour ago' run/*
printf 'source\nmute\nsink\n' >fail.flow
expect 1 "$launcher" run fail.flow
[ "$(ls run | wc -l)" -eq 1 ] || fail "expected the folder of the run in progress, found $(ls run)"
kill -TERM $run
wait $run
nothing_left $pids

# --- too few open files: more are asked for, and where there are none, nothing starts
fake files <<'END'
ulimit -n >seen
END
printf 'files\nfiles\n' >files.flow
(ulimit -S -n 20 && exec "$launcher" run files.flow) >"$out" 2>"$err"
[ "$(cat seen)" -gt 20 ] || fail "a stage may open $(cat seen) files"
rm seen
(ulimit -n 20 && exec "$launcher" run files.flow) >"$out" 2>"$err"
[ $? -eq 1 ] || fail "20 open files are enough"
one_line "$err"
says "$err" "open files: 20 at once (ulimit -n), expected 54 for 2 processes"
[ -e seen ] && fail "a stage was started with too few open files"

# --- a stage that will not end is killed by the second signal
fake stubborn <<'END'
trap 'echo "asked $$" >told' TERM
echo "stubborn $$ $*" >told
while :; do read -r go <go; done
END
printf 'source\nstubborn\n' >stubborn.flow
fresh
"$launcher" run stubborn.flow >"$out" 2>"$err" &
run=$!
heard
[ "$stage" = stubborn ] || heard
kill -INT $run
while [ "$stage" != asked ]; do heard; done
kill -INT $run
wait $run
[ $? -eq 130 ] || fail "two interrupts did not end a stubborn stage"
nothing_left "$pid"
exit 0
