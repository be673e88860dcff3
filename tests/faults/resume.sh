# A run that was cut short goes on with what is missing, and only with the same input and options.
. "$FAULTS"

cut_short() {
    expect_broken 1 between_syncs:2 aggregate map "$1"
    one_line "$err"
    says "$err" "aggregate died (Killed); run the same command again to go on"
    nothing_half_written "$1"
    nothing_left
}

# --- the same command goes on: the reader reads no block that is there
cut_short once
expect 1 "$eelstream" verify once
says "$out" "missing: the run was cut short"
there=$(tr -d '\000' <once/store/states | wc -c)
[ "$there" -gt 0 ] && [ "$there" -lt 2304 ] || fail "$there pixels are there"
goes_on once
says once/store/end.json "\"pixels\": $((2304 - there))"

# --- a whole run is not touched
expect 1 map once
one_line "$err"
says "$err" "once: holds results already"

# --- what differs is named, and the store stays as it was
cut_short other
cp -r other kept
refuses() {
    words=$1
    shift
    expect 1 "$eelstream" map "$@" -o other --workers 1
    no_progress
    one_line "$err"
    says "$err" "other/store: begun with $words"
    says "$err" "--force starts anew"
    for file in states values sums store.json; do
        cmp kept/store/$file other/store/$file || fail "a refused run changed $file"
    done
}
refuses "correction.offset_ev 0.0, this run has 1.5" "$phantom" --offset 1.5
refuses "correction.dispersion_ev null, this run has 0.5" "$phantom" --dispersion 0.5
refuses 'correction.window null, this run has "300:800"' "$phantom" --window 300:800
refuses "model.axis_error_ev unknown, this run has 4.0" "$phantom" --axis-error 4
cp "$phantom" touched.hspy
refuses "input.modified " touched.hspy
head -c 4000000 "$phantom" >short.hspy
expect 1 "$eelstream" map short.hspy -o other
one_line "$err"
cp "$EEL_BIN"/share/eelstream/models/core-loss-20.h5 model.h5
ln -s "$phantom" moved.hspy
sed -i 's/"sha256": "..../"sha256": "0000/' other/store/store.json kept/store/store.json
refuses "model.sha256 " "$phantom"
cp "$MADE/whole/store/store.json" sound.json
sed -i "s/\"sha256\": \"0000/$(grep -o '"sha256": "....' sound.json)/" other/store/store.json

# --- where files lie makes no difference
expect 0 "$eelstream" map moved.hspy -o other --workers 1 --model model.h5
for file in values states sums; do
    cmp "$whole/store/$file" "other/store/$file" || fail "$file differs after the input moved"
done

# --- what was begun on a machine that is fast with other numbers goes on with those
cut_short elsewhere
begun=$(grep -o 'bfloat16-[a-z]*' elsewhere/store/store.json)
[ "$begun" = bfloat16-pairs ] && foreign=bfloat16-tiles || foreign=bfloat16-pairs
sed -i "s/$begun/$foreign/" elsewhere/store/store.json
expect 0 map elsewhere
says elsewhere/store/store.json "$foreign"

# --- where the energies follow a mean of the spectra, those that are there count as well
expect 0 map follows --anchor O
expect_broken 1 between_syncs:2 aggregate map followed --anchor O
expect 0 map followed --anchor O
for file in values states sums; do
    cmp "follows/store/$file" "followed/store/$file" || fail "$file differs after going on with --anchor"
done

# --- --force starts anew
cut_short forced
expect 0 map forced --force
same_results forced

# --- what was never finished being made is made anew
mkdir -p begun/store
: >begun/store/states
goes_on begun

# --- a whole run that is replaced and cut short goes on too, though its old report is there
cp -r "$whole" replaced
expect_broken 1 between_syncs:2 aggregate map replaced --force
goes_on replaced
exit 0
