# The whole way with the real stages: a phantom of known regions becomes maps, whatever dies.
. "$CLI"

ls "$EEL_BIN"/share/eelstream/models/*.h5 >/dev/null 2>&1 || {
    echo "SKIPPED: no trained network is there"
    exit 77
}

# no_progress: takes the lines of progress that a slow run leaves from stderr.
no_progress() {
    sed -i '/^map \[/d' "$err"
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
no_progress
[ -s "$err" ] && fail "a good run has words on stderr"
for element in Si N Ti O Fe C; do
    grep -q "^  $element " "$out" || fail "$element was not found"
    [ -s one/$element.png ] || fail "there is no picture of $element"
done
for file in maps.hspy maps.nxs maps.tif maps.csv overview.png report.json; do
    [ -s one/$file ] || fail "there is no $file"
done
says "$out" "2304 of 2304 pixels mapped"
nothing_left

# --- the channels of the first block's sum are whole ones: it does not drop where the recorded energies end
od -An -v -tf4 -w4 one/store/sums | awk 'NR > 1 && $1 != "nan" && $1 != "-nan" {sum[++n] = $1} n && /nan/ {exit}
    END {exit !(n > 16 && sum[1] > 0.8 * sum[2] && sum[n] > 0.8 * sum[n - 1])}' ||
    fail "the sum of spectra drops at its first or last energy"

# --- two workers: the same bytes
expect 0 "$eelstream" map phantom.hspy -o two --workers 2
same_results one two

# --- a worker that is killed while it holds blocks is replaced, and still the same bytes
expect 0 env EEL_FAIL=after_recv:7 EEL_FAIL_STAGE=infer.1 \
    "$eelstream" map phantom.hspy -o killed --workers 1
says "$err" "infer.1 died (Killed) and is started again"
says "$out" "2304 of 2304 pixels mapped"
same_results one killed
nothing_left

# --- Ctrl-C while all stages are up: nothing runs on, nothing half-written has a final name
mkfifo told
exec 3<>told
ln -s "$EEL_BIN"/share bin/
for program in "$EEL_BIN"/eelstream-*; do
    stage=${program##*-}
    echo "echo \$\$ >$scratch/told; exec $program \"\$@\"" | fake "$stage"
done
bin/eelstream map phantom.hspy -o cancelled --workers 1 >"$out" 2>"$err" &
run=$!
pids=
for i in 1 2 3 4 5; do
    read -r pid <&3
    pids="$pids $pid"
done
kill -INT $run
wait $run
[ $? -eq 130 ] || fail "an interrupt did not end the run with 130"
no_progress
one_line "$err"
nothing_left $pids
[ -z "$(ls cancelled 2>/dev/null | grep -v '^store$')" ] || fail "an interrupted run left $(ls cancelled)"
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
