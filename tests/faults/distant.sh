# Workers on other machines: they meet the run in a folder, come and go at any time, and only those
# with a key get in. Here all machines are this one, joined by tcp.
. "$FAULTS"

# await WORDS COMMAND…: until the command succeeds, for a minute or two at most.
await() {
    words=$1 tries=0
    shift
    until "$@" 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -lt 1500 ] || fail "$words did not happen in time"
        sleep 0.1
    done
}

# head OUTDIR OPTION…: a run in the background without workers of its own; its number is in $head.
head() {
    outdir=$1
    shift
    "$eelstream" map "$phantom" -o "$outdir" --workers 0 --run-dir meeting --listen 127.0.0.1 "$@" \
        >"$outdir.out" 2>"$outdir.err" &
    head=$!
    await "the run's word" grep -qs '"runs"' meeting/run.json
}

# worker NAME OPTION…: in the background; its number is in $worker.
worker() {
    name=$1
    shift
    "$eelstream" worker --run-dir meeting --workers 1 "$@" 2>"$name.err" &
    worker=$!
}

ends() { # PID STATUS WORDS
    wait "$1"
    got=$?
    [ $got -eq "$2" ] || { cat ./*.err; fail "$3 ended with $got, expected $2"; }
}

# --- a worker may come before the run; one that is killed with a block in its hands is replaced by
# one that comes late; without any, the run waits
worker first
first=$worker
await "waiting" grep -q "waiting for a run in meeting" first.err
kill -9 $first
wait $first
EEL_FAIL=after_recv:3:stop EEL_FAIL_ONCE=$scratch/holds
export EEL_FAIL EEL_FAIL_ONCE
worker early
early=$worker
unset EEL_FAIL EEL_FAIL_ONCE
head joined
await "a block in the hands of the worker" test -e holds
kill -9 $early
wait $early
[ -e joined/report.json ] && fail "the run ended without a worker"
worker late
ends $worker 0 "the late worker"
ends $head 0 "the run"
same_results joined
grep -qs secret meeting/run.json && fail "run.json tells a secret"
[ -z "$(ls meeting/allowed)" ] && [ ! -e meeting/server_secret ] || fail "keys of a run stay behind"
nothing_left

# --- who comes after the end leaves at once
worker after
ends $worker 0 "a worker after the end"

# --- the head is killed and started again: the worker that stays works for the new one. A worker
# with a key that is not on the list is refused and named, and so is one of the run before
EEL_FAIL=between_syncs:2:stop EEL_FAIL_STAGE=aggregate
export EEL_FAIL EEL_FAIL_STAGE
head killed --force
unset EEL_FAIL EEL_FAIL_STAGE
cp -r meeting before
worker stays
stays=$worker
await "a commit" sh -c '[ "$(tr -d "\000" <killed/store/states | wc -c)" -gt 0 ]'
kill -9 $head
wait $head
rm -rf run/*
head killed
expect 0 "$eelstream" keygen stranger
key=$(sed -n 's/.*public-key = "\(.*\)"/\1/p' stranger)
ends $stays 0 "the worker that stayed"
ends $head 0 "the second run"
same_results killed
nothing_left

# --- keys: unlisted, of an older run, none at all; listed ones of the user's own
head keys
worker stranger --keys stranger_secret
ends $worker 1 "a stranger"
says stranger.err "refuses this process: its key $key is not on the list there"
says keys.err "refused a peer at 127.0.0.1: its key $key is not in "
in=$(sed -n 's/ *"in": "\(.*\)",/\1/p' meeting/run.json)
id=$(sed -n 's/ *"run": "\(.*\)",/\1/p' meeting/run.json)
"$EEL_BIN"/eelstream-infer --in "connect:$in" --out "connect:$in" --run "$id" --insecure-tcp \
    2>plain.err &
plain=$!
await "a plain peer is named" grep -q "does not prove that it knows the key" keys.err
kill $plain
wait $plain
"$EEL_BIN"/eelstream-infer --in "connect:$in" --out "connect:$in" --run "$id" \
    --keys before/worker_secret --server before/server 2>older.err &
older=$!
await "the wrong key is named" grep -q "does not answer as the run would: another key" older.err
kill $older
wait $older
cp stranger meeting/allowed/
worker friend --keys stranger_secret
ends $worker 0 "the listed stranger"
ends $head 0 "the third run"
same_results keys
nothing_left

# --- a folder that others can read, or that is in use, is refused
mkdir -m 755 open
expect 1 map open-maps --workers 0 --run-dir open
no_progress
one_line "$err"
says "$err" "open: has owner"
expect 1 "$eelstream" worker --run-dir open
one_line "$err"
exec 4>meeting/lock
flock -x 4
expect 1 map busy --workers 0 --run-dir meeting
no_progress
one_line "$err"
says "$err" "another run meets here"
exec 4>&-
expect 2 map alone --listen 127.0.0.1
one_line "$err"
says "$err" "--listen: only with --run-dir"
expect 2 map alone --workers 0
expect 2 "$eelstream" worker
one_line "$err"
says "$err" "--run-dir: missing"
echo '{"state": "runs"}' >meeting/run.json
expect 1 "$eelstream" worker --run-dir meeting
one_line "$err"
says "$err" "meeting/run.json: "
exit 0
