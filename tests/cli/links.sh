# Whole pipelines of stages that count: all links, no spectra.
. "$CLI"

cp "$eelstream" "$EEL_BIN"/tests/stages/eelstream-* bin/
mkdir -p bin/share/eelstream/models
printf 'count\ntwice x2\ntotal\n' >count.flow
sum=$((6400 * 6399)) # twice the sum of 0 … 6399

# --- any number of workers gives the same
for workers in 1 2 5; do
    expect 0 bin/eelstream run count.flow --workers $workers
    [ "$(cat "$out")" = "6400 $sum" ] || fail "6400 pixels sum up to $sum with $workers workers"
    [ -s "$err" ] && fail "a good run has words on stderr"
    nothing_left
done

# --- a run without a pixel ends too
expect 0 bin/eelstream run count.flow count.blocks=0
[ "$(cat "$out")" = "0 0" ] || fail "no pixels are not 0 0"

# --- a worker that dies again and again, each time with blocks in its hands, costs nothing
expect 0 env EEL_FAIL=after_recv:30 EEL_FAIL_STAGE=twice.1 bin/eelstream run count.flow --workers 1
[ "$(cat "$out")" = "6400 $sum" ] || fail "a pixel was lost or counted twice"
[ "$(grep -c 'twice.1 died (Killed) and is started again' "$err")" -ge 3 ] || fail "no deaths"
nothing_left

# --- the words of the stage that fails reach the user once, in whatever order the others end
expect 1 bin/eelstream run count.flow twice.at=5000
one_line "$err"
says "$err" "pixel 5000: is not liked"
expect 1 bin/eelstream run --progress count.flow twice.at=5000
one_line "$err"
expect 2 bin/eelstream run --progress count.flow twice.at=never
one_line "$err"
says "$err" "--at: 'never' is not a count"
expect 2 bin/eelstream run count.flow count.speed=9
one_line "$err"
says "$err" "--speed=9: no such option"
nothing_left

# --- a link takes no place that is another's
echo data >file
expect 2 bin/eelstream-count --out "bind:ipc://$scratch/file"
one_line "$err"
says "$err" "--out: ipc://$scratch/file: there is a file already, expected a path that is free"
[ "$(cat file)" = data ] || fail "the file was touched"
