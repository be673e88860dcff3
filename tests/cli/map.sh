# `eelstream map` around stages that do nothing: its options, its table, its bar.
. "$CLI"

for stage in reader calibrate; do
    fake $stage <<'END'
echo "${0##*/} $*" >>told
END
done
mkfifo up
echo 1 >workers
fake infer <<'END'
echo "${0##*/} $*" >>told
echo up >up
END
fake aggregate <<'END'
while [ "$(grep -c eelstream-infer told)" -lt "$(cat workers)" ]; do read -r worker <up; done
END
fake writer <<'END'
echo "${0##*/} $*" >>told
out=$2
cat >"$out/report.json" <<'JSON'
{"input": "scan.dm3", "complete": true,
 "elements": [
  {"symbol": "O", "edge": "K", "observable": true, "found": true, "share": 0.75,
   "mean_probability": 0.9, "map": "O.png"},
  {"symbol": "Ti", "edge": "L3", "observable": true, "found": false, "share": 0.0},
  {"symbol": "Si", "edge": "L3", "observable": false, "found": false, "share": null}],
 "other": {"found": true, "share": 0.25, "mean_probability": 0.3,
           "edges": [{"onset_ev": 90, "candidates": ["Ba N4,5", "Th O4,5"]}, {"onset_ev": 310, "candidates": []}]},
 "pixels": {"total": 12, "value": 12, "missing": 0, "poison": 0}}
JSON
: >"$out/overview.png"
END
cp "$EEL_BIN/share/eelstream/core-loss.flow" bin/share/eelstream/
: >"my scan.dm3"

# --- the table: what was found, what could not be seen, where things are
expect 0 bin/eelstream map "my scan.dm3"
says "$out" "scan.dm3: 12 of 12 pixels mapped"
says "$out" "O        K        75.0 %   0.900"
says "$out" "other edges      25.0 %   0.300   near 90 eV (Ba N4,5 or Th O4,5?); 310 eV"
says "$out" "edge not recorded: Si"
says "$out" "my scan-maps/overview.png"
grep -q Ti "$out" && fail "an element that was not found is in the table"
[ -s "$err" ] && fail "a good run has words on stderr"
says told "eelstream-reader --input my scan.dm3 --out bind:"
says told "eelstream-infer --model $scratch/bin/share/eelstream/models/"
nothing_left

# --- a run with absences exits 1 and says which, once; its results are there all the same
cp bin/eelstream-writer whole
sed 's/"value": 12, "missing": 0, "poison": 0/"value": 9, "poison": 2, "cancelled": 1/' whole \
    >bin/eelstream-writer
expect 1 bin/eelstream map "my scan.dm3" --force
one_line "$err"
says "$err" "my scan-maps: 3 of 12 pixels have no value: 2 poison, 1 cancelled; --retry poison"
says "$out" "scan.dm3: 9 of 12 pixels mapped, 2 poison, 1 cancelled"

# --- nothing is said of elements where no pixel has a value, but why
sed 's/"value": 12, "missing": 0, "poison": 0/"value": 0, "decode-error": 12/; s/"found": true/"found": false/' \
    whole >bin/eelstream-writer
expect 1 bin/eelstream map "my scan.dm3" --force
says "$out" "no pixel has a value"
grep -q "no element found" "$out" && fail "elements are said to be absent where nothing is known"
says "$err" "12 of 12 pixels have no value: 12 decode-error (no counts, or none that are numbers above 0)"
cp whole bin/eelstream-writer

# --- what it cost, of each stage that ran
expect 0 bin/eelstream map "my scan.dm3" --force --costs
for stage in reader calibrate infer aggregate writer; do
    says "my scan-maps/costs.json" "\"stage\": \"$stage\""
done
mkdir accounts
echo mine >accounts/costs.json
expect 1 bin/eelstream map "my scan.dm3" -o accounts --costs
says "$err" "accounts: holds results already, such as costs.json; --force replaces them"
says accounts/costs.json mine

# --- results are not replaced by accident
expect 1 bin/eelstream map "my scan.dm3"
one_line "$err"
expect 0 bin/eelstream map "my scan.dm3" --force --json
says "$out" '"symbol": "O"'

# --- nor are files that a user keeps under the same names, and the input is not replaced at all
mkdir kept
echo mine >kept/overview.png
expect 1 bin/eelstream map "my scan.dm3" -o kept
one_line "$err"
says "$err" "kept: holds results already, such as overview.png; --force replaces them"
says kept/overview.png mine
rm kept/overview.png
for name in Ti O other; do
    echo mine >kept/$name.png
    expect 1 bin/eelstream map "my scan.dm3" -o kept
    one_line "$err"
    says "$err" "kept: holds results already, such as $name.png; --force replaces them"
    says kept/$name.png mine
    rm kept/$name.png
done
mkdir kept/quantify
echo mine >kept/quantify/Au.png
expect 1 bin/eelstream map "my scan.dm3" -o kept --quantify
says "$err" "kept/quantify: holds results already, such as Au.png; --force replaces them"
says kept/quantify/Au.png mine
rm -r kept/quantify

# --- a picture of an element that the network does not know is in nobody's way; one of one's own may know it
echo mine >kept/Au.png
expect 1 bin/eelstream map "my scan.dm3" -o kept --model my.h5
says "$err" "kept: holds results already, such as Au.png"
expect 0 bin/eelstream map "my scan.dm3" -o kept
says kept/Au.png mine

# --- a run that was cut short goes on among the pictures that it had made
rm kept/report.json
mkdir kept/store
echo '{}' >kept/store/store.json
echo half >kept/Ti.png
expect 0 bin/eelstream map "my scan.dm3" -o kept
mkdir again
echo spectra >again/maps.hspy
ln -s again/maps.hspy alias
expect 2 bin/eelstream map alias -o again --force
one_line "$err"
says "$err" "again/maps.hspy: is the input itself"
says again/maps.hspy spectra

# --- each option reaches its stage, and the number of workers is the user's
rm told
echo 3 >workers
expect 0 bin/eelstream map "my scan.dm3" -o mine --workers 3 --signal 2 --offset=-1.5 \
    --dispersion 0.2 --window 400:900 --model my.h5 --formats hspy,png
says told "--input my scan.dm3 --signal=2 "
says told "eelstream-calibrate --offset=-1.5 --dispersion=0.2 --window=400:900 "
says told "--model=my.h5"
grep -q "eelstream-writer .*--formats=hspy,png" told || fail "writer was not told its formats"
[ "$(grep -c eelstream-infer told)" -eq 3 ] || fail "not three workers"

# --- where nothing came of it, nothing stays
fake writer <<'END'
:
END
fake reader <<'END'
echo "eelstream reader: my scan.dm3: is empty" >&2
exit 1
END
expect 1 bin/eelstream map "my scan.dm3" -o nothing
one_line "$err"
says "$err" "is empty"
[ -e nothing ] && fail "a failed run left its empty folder"

# --- a writer that wrote no report is found out
fake reader <<'END'
:
END
fake writer <<'END'
echo '[]' >"$2/report.json"
END
expect 1 bin/eelstream map "my scan.dm3" -o odd
one_line "$err"
says "$err" "odd/report.json: holds no object"

# --- on a terminal a bar is there at once, and words of stages do not run into it
fake reader <<'END'
echo "a word from the reader" >&2
END
script -qec true "$scratch/screen" >/dev/null 2>&1 </dev/null || {
    echo "no pseudo-terminal can be had here: the bar was not tested"
    exit 0
}
script -qec "bin/eelstream map 'my scan.dm3' -o seen" screen >"$out" </dev/null
tr '\r' '\n' <screen >lines
says lines "map starts"
grep -q 'a word from the reader' lines || fail "the reader's word is not on the screen"
grep -q 'map .*a word' lines && fail "the reader's word runs into the bar"
exit 0
