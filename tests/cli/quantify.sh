# Maps become atomic per cent: with every number an error and with every gap a state, whatever dies.
. "$CLI"

ls "$EEL_BIN"/share/eelstream/models/*.h5 >/dev/null 2>&1 || {
    echo "SKIPPED: no trained network is there"
    exit 77
}

optics="--beam 200 --collection 20 --convergence 0"

same_results() {
    for file in values states; do
        cmp "$1/quantify/store/$file" "$2/quantify/store/$file" || fail "$file of $1 and $2 differ"
    done
}

expect 0 "$eelstream" synth --phantom phantom.hspy

# --- what is missing is said in one line
expect 1 "$eelstream" quantify phantom.hspy -o maps $optics
one_line "$err"
says "$err" "holds no map"
expect 2 "$eelstream" quantify phantom.hspy
says "$err" "--output: missing"

expect 2 "$eelstream" map phantom.hspy -o early --quantify --beam 200 --collection 20
one_line "$err"
says "$err" "--convergence: phantom.hspy does not say; give a semi-angle in mrad, 0 for a parallel beam"
expect 2 "$eelstream" map phantom.hspy -o early --quantify --beam 200 --collection 0.02 --convergence 0
says "$err" "--collection: 0.02 mrad, expected 0.5 or more"
[ -e early ] && fail "a map was made that cannot be quantified as it was asked to be"

# --- appended to map: one command
expect 0 "$eelstream" map phantom.hspy -o maps --workers 2 --quantify $optics
says "$out" "atomic per cent"
for element in Si N Ti O Fe C; do
    [ -s maps/quantify/$element.png ] || fail "there is no picture of $element"
done
for file in quantify.hspy quantify.tif quantify.csv overview.png report.json; do
    [ -s maps/quantify/$file ] || fail "there is no $file"
done
[ "$(tr -d '\001' <maps/quantify/store/states | wc -c)" -eq 0 ] || fail "a pixel has no value"
nothing_left

# --- the beam that was stated is the one that all results name, not the file's of 200 keV
expect 0 "$eelstream" map phantom.hspy -o stated --bin 8 --workers 1 --quantify \
    --beam 100 --collection 20 --convergence 0
says "$out" "100 keV, collection 20 mrad"
grep -q "100 kV" stated/report.html || fail "the page does not name the beam that was stated"
expect 0 "$eelstream" verify stated
rm -r stated

# --- where the energies followed an edge, each pixel is quantified on those that it was mapped with
carbon() {
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "C_density") at = i; next }
        { sum += $at } END { print sum }' "$1/quantify/quantify.csv"
}
expect 0 "$eelstream" map phantom.hspy -o right --bin 4 --workers 2 --quantify $optics
expect 0 "$eelstream" map phantom.hspy -o moved --bin 4 --workers 2 --offset 10 --anchor Fe --quantify $optics
tr -d ' \n' <moved/quantify/report.json | grep -q '"alignment":{"by":"FeL2,3"}' ||
    fail "the report does not say what was followed"
awk -v a="$(carbon right)" -v b="$(carbon moved)" 'BEGIN { exit !(a > 0 && b / a > 0.97 && b / a < 1.03) }' ||
    fail "carbon is $(carbon right) counts per barn, $(carbon moved) where the energies were moved to their place"
rm -r right moved

# --- what was mapped is quantified: of the pixels that were added up, too, without saying so again
expect 0 "$eelstream" map phantom.hspy -o binned --bin y=5,x=4 --workers 1
says "$out" "120 of 120 pixels mapped"
expect 0 "$eelstream" quantify phantom.hspy -o binned $optics
[ "$(wc -l <binned/quantify/quantify.csv)" -eq 121 ] || fail "the binned table has not one row per pixel"
grep -q "^0,1,1,2.75,value," binned/quantify/quantify.csv || fail "a binned pixel is not where it was"
expect 0 "$eelstream" verify binned
says "$out" "quantify/pixels"
expect 1 "$eelstream" quantify phantom.hspy -o binned $optics --bin 2 --force
one_line "$err"
says "$err" "or of another part of it"
expect 0 "$eelstream" map phantom.hspy -o binned --bin y=5,x=4 --workers 1 --window 90:380 --force
expect 0 "$eelstream" quantify phantom.hspy -o binned $optics --force
[ ! -e binned/quantify/O.png ] || fail "a picture of the quantification before is left"
[ -e binned/quantify/C.png ] || fail "there is no picture of carbon"
nothing_left

# --- one object says both, for scripts; without --quantify it is that of the map as before
keys() {
    sed -n 's/^  "\([a-z_]*\)": .*/\1/p' "$1" | sort
}
expect 0 "$eelstream" map phantom.hspy -o both --bin 4 --workers 1 --json --quantify $optics
cp "$out" both.json
[ "$(grep -c '^[{}]' both.json)" -eq 2 ] || fail "--json --quantify prints more or less than one object"
{ keys both/report.json; echo quantify; } | sort >wanted
keys both.json | diff wanted - >&2 || fail "the object of both has other keys than that of the map, and quantify"
sed -n '/^  "quantify": {/,/^  }/s/^  //p' both.json >amounts.json
keys both/quantify/report.json >wanted
keys amounts.json | diff wanted - >&2 || fail "quantify has other keys than the report of what was quantified"
run=$(grep '^  "run": ' both/quantify/report.json)
grep -qF "$run" amounts.json || fail "quantify is of another run"

# --- pixels without a value do not keep the others from it
expect 0 "$eelstream" convert phantom.hspy dead.npy
dd if=/dev/zero of=dead.npy bs=1 seek=128 count=4096 conv=notrunc 2>/dev/null
for json in "" --json; do
    expect 1 "$eelstream" map dead.npy --axis 90:0.4 -o dead --force --quantify $json $optics
    says "$err" "1 of 2304 pixels have no value"
    [ -z "$json" ] || says "$out" '"quantify": {'
    [ -s dead/quantify/report.json ] || fail "what has a value was not quantified"
    tr -d ' \n' <dead/quantify/report.json | grep -q '"decode-error":1' || fail "the maps and what was quantified differ"
    rm -r dead
done

cp -r binned odd
sed 's/"classes": [0-9][0-9]*/"classes": 1/' binned/store/store.json >odd/store/store.json
truncate -s 480 odd/store/values
expect 1 "$eelstream" view odd
one_line "$err"
says "$err" "1 values of a pixel, described as"
expect 1 "$eelstream" view maps/quantify
one_line "$err"
says "$err" "holds amounts of elements, expected the folder of a map"

# --- read back: a number exactly where an element is quantified, and files as the store gives them
expect 0 "$eelstream" verify maps/quantify
says "$out" "quantify.hspy has the bytes that the store gives"
says "$out" "quantify.csv has the bytes that the store gives"
[ "$(wc -l <maps/quantify/quantify.csv)" -eq 2305 ] || fail "the table has not one row per pixel"
grep -q "^y,x,y_nm,x_nm,state,.*,Ti_density,Ti_density_err,Ti_at,Ti_at_err,Ti_state," maps/quantify/quantify.csv || fail "columns"
says "$out" "a number exactly where an element is quantified"
complete=$(awk -F, '
    NR == 1 { for (i = 6; i <= NF; i++) { if ($i ~ /_state$/) state[i]; if ($i ~ /_at$/) share[i] } next }
    { any = 0; for (i in share) any += $i != ""; complete += any > 0
      for (i in state) if ($i !~ /^(quantified|not found|no power law|overlap|no window|too little)$/) print "state: " $i }
    END { print complete }' maps/quantify/quantify.csv)
grep -q "\"complete_pixels\": $complete," maps/quantify/report.json ||
    fail "the table does not name the states, or has per cent in other pixels than the report counts: $complete"
grep -q '"atomic_percent": "share of all atoms' maps/quantify/report.json || fail "what the per cent are of is not said"
cp -r maps/quantify bad
printf '\0\0\0\0' | dd of=bad/store/values bs=4 seek=0 conv=notrunc 2>/dev/null # one density is 0 now
printf '\0\0\0\100' | dd of=bad/store/values bs=4 seek=4 conv=notrunc 2>/dev/null # and its state "not found"
expect 1 "$eelstream" verify bad
says "$out" "1 pixels hold what is no amount"
says "$out" "differs from what the store gives"
rm -r bad

# --- what a user keeps under the name of a picture is not replaced, unless it may go
mv maps/quantify made
mkdir maps/quantify
echo mine >maps/quantify/Ti.png
expect 1 "$eelstream" quantify phantom.hspy -o maps $optics
one_line "$err"
says "$err" "maps/quantify: holds results already, such as Ti.png; --force replaces them"
says maps/quantify/Ti.png mine
expect 0 "$eelstream" quantify phantom.hspy -o maps $optics --force
cmp maps/quantify/Ti.png made/Ti.png || fail "--force did not replace the picture"
rm -r made

# --- by itself it refuses to replace results, and says which angle the file does not know
cp -r maps again
expect 1 "$eelstream" quantify phantom.hspy -o again $optics
one_line "$err"
says "$err" "--force replaces them"
expect 0 "$eelstream" map phantom.hspy -o again --force
[ ! -e again/quantify ] || fail "what was quantified of the maps before is left"
cp -r maps/quantify again/
expect 1 "$eelstream" verify again
says "$out" "BAD  quantify/maps          were replaced since"
expect 1 "$eelstream" verify again/quantify
says "$out" "BAD  maps        were replaced since"
rm -r again/quantify
expect 0 "$eelstream" verify again
expect 2 "$eelstream" quantify phantom.hspy -o again --beam 200 --convergence 0
says "$err" "--collection: "
expect 2 "$eelstream" quantify phantom.hspy -o again --beam -200 --collection 10 --convergence 0
says "$err" "beam energy: -200 keV, expected 10 to 2000"
[ ! -e again/quantify/store ] || fail "a refused run left a store"

# --- one worker, that is killed: the same bytes
expect 0 env EEL_FAIL=after_recv:2 EEL_FAIL_STAGE=abundance.1 EEL_FAIL_ONCE=failed \
    "$eelstream" quantify phantom.hspy -o again --workers 1 --json $optics
says "$err" "abundance.1 died (Killed) and is started again"
says "$out" '"atomic_percent"'
same_results maps again
nothing_left

# --- a run that was cut short goes on
head -c 100 again/quantify/store/states >first
{ cat first; head -c 2204 /dev/zero; } >again/quantify/store/states
rm again/quantify/report.json
expect 0 "$eelstream" quantify phantom.hspy -o again $optics
same_results maps again

# --- other angles are another run
rm again/quantify/report.json
expect 1 "$eelstream" quantify phantom.hspy -o again --beam 200 --collection 10 --convergence 0
says "$err" "--force starts anew"

# --- the map of another file says nothing about this one
expect 0 "$eelstream" synth --phantom other.hspy
rm -r again/quantify
expect 1 "$eelstream" quantify other.hspy -o again $optics
says "$err" "is of another file"
exit 0
