# The whole way with the real stages: a phantom of known regions becomes maps, whatever dies.
. "$CLI"

ls "$EEL_BIN"/share/eelstream/models/*.h5 >/dev/null 2>&1 || {
    echo "SKIPPED: no trained network is there"
    exit 77
}

# of_run NAME: the processes of the launcher $run whose program has that name.
of_run() {
    for process in /proc/[0-9]*; do
        if grep -qs "^PPid:	$run\$" "$process/status" && grep -qsz "^eelstream $1\$" "$process/cmdline"; then
            echo "${process#/proc/}"
        fi
    done
}

# first_results STORE: waits until some pixels have durable values.
first_results() {
    turns=0
    until [ -f "$1/states" ] && [ "$(tr -d '\000' <"$1/states" | wc -c)" -gt 0 ]; do
        turns=$((turns + 1))
        [ $turns -lt 20000 ] || fail "no results came"
        kill -0 $run 2>/dev/null || fail "the run ended too early"
    done
}

# same_results A B: both runs have the same values for the same pixels, and every pixel has one.
same_results() {
    for file in values states sums; do
        cmp "$1/store/$file" "$2/store/$file" || fail "$file of $1 and $2 differ"
    done
    [ "$(tr -d '\001' <"$2/store/states" | wc -c)" -eq 0 ] || fail "a pixel of $2 has no value"
}

expect 0 "$eelstream" synth --phantom phantom.hspy

# --- one worker: maps, pictures, a report in which every pixel is accounted for
expect 0 "$eelstream" map phantom.hspy -o one --workers 1
[ -s "$err" ] && fail "a good run has words on stderr"
for element in Si N Ti O Fe C; do
    grep -q "^  $element " "$out" || fail "$element was not found"
    [ -s one/$element.png ] || fail "there is no picture of $element"
done
for file in maps.hspy maps.tif overview.png report.json; do
    [ -s one/$file ] || fail "there is no $file"
done
says "$out" "2304 of 2304 pixels mapped"
nothing_left

# --- two workers: the same bytes
expect 0 "$eelstream" map phantom.hspy -o two --workers 2
same_results one two

# --- a worker is killed in the middle: it is replaced, and still the same bytes
"$eelstream" map phantom.hspy -o killed --workers 2 >"$out" 2>"$err" &
run=$!
first_results killed/store
victim=$(of_run infer | head -n 1)
kill -9 "$victim" || fail "there was no worker to kill"
wait $run || fail "the run ended with $?"
says "$err" "died (Killed) and is started again"
same_results one killed
says "$out" "2304 of 2304 pixels mapped"
nothing_left

# --- Ctrl-C: nothing runs on, nothing half-written has a final name
"$eelstream" map phantom.hspy -o cancelled --workers 1 >"$out" 2>"$err" &
run=$!
first_results cancelled/store
pids=$(of_run '[a-z]*')
[ "$(echo "$pids" | wc -l)" -ge 4 ] || fail "there were no processes to end: $pids"
kill -INT $run
wait $run
[ $? -eq 130 ] || fail "an interrupt did not end the run with 130"
one_line "$err"
nothing_left $pids
[ "$(ls cancelled)" = store ] || fail "an interrupted run left $(ls cancelled)"
expect 0 "$eelstream" map phantom.hspy -o cancelled --workers 2
same_results one cancelled

# --- what is no spectrum image is refused in one line
head -c 100000 phantom.hspy >short.hspy
head -c 100000 /dev/zero >zeros.hspy
head -c 100000 /dev/zero >zeros.dm3
yes noise | head -c 100000 >noise.dm4
: >empty.hspy
echo hello >text.msa
for file in short.hspy zeros.hspy zeros.dm3 noise.dm4 empty.hspy text.msa; do
    expect 1 "$eelstream" map $file -o refused
    one_line "$err"
    says "$err" "$file"
    [ -e refused ] && fail "a refused file left a folder: $(ls refused)"
    nothing_left
done
exit 0
