# A network of one's own knows a further element: it is trained, scored and asked, and every result names it.
. "$CLI"

awk 'BEGIN { for (e = 740; e < 990; e += .25) {
    s = e < 831 ? 0 : 300 * (e / 831) ^ -3 + 1500 * exp(-(e - 834) ^ 2 / 4) + 1100 * exp(-(e - 850) ^ 2 / 5)
    print e, int(9000 * (e / 740) ^ -2.6 + s) } }' >lanthanate.txt
expect 0 "$eelstream" fit lanthanate.txt --edge "La M4,5" --library mine.txt
expect 0 "$eelstream" run train.flow mine.h5 256 synth.own=mine.txt synth.paper-share=0

# --- scored on the same elements only, and gone on with these only
expect 0 "$eelstream" run score.flow mine.h5 synth.own=mine.txt synth.paper-share=0 synth.count=128 \
    score.output=scores
grep -q "^La  " "$out" || fail "La was not scored"
grep -q "^La," scores/confusion.csv || fail "La is not in confusion.csv"
expect 1 "$eelstream" run score.flow mine.h5 synth.count=128
one_line "$err"
says "$err" "mine.h5: class 20 is La, of the spectra other"
expect 1 "$eelstream" run train.flow mine.h5 512
one_line "$err"
says "$err" "mine.h5.checkpoint: of a training with 69 classes, further elements: La@831; the spectra have 68: none"
sed 's/La M4,5/Ce M4,5/' mine.txt >other.txt
expect 1 "$eelstream" run train.flow mine.h5 512 synth.own=other.txt
says "$err" "further elements: La@831; the spectra have 69: Ce@831"
sed 's/^onset 8[0-9.]*/onset 700/' mine.txt >moved.txt
expect 1 "$eelstream" run train.flow mine.h5 512 synth.own=moved.txt
says "$err" "further elements: La@831; the spectra have 69: La@700"
expect 1 "$eelstream" run score.flow mine.h5 synth.own=moved.txt synth.count=128
says "$err" "its La begins at 83"
expect 1 "$eelstream" run score.flow mine.h5 synth.own=mine.txt synth.count=128 synth.held-out
says "$err" "La: none of its shapes is kept from training"
expect 1 "$eelstream" run train.flow mine.h5 1024 synth.own=mine.txt train.batch=256
says "$err" "of a training with --batch 128, not 256"
# --- what a training that goes on will say again of its course is not there twice
printf '256,1,1\n384,1,1\n' >course.csv
expect 0 "$eelstream" run train.flow mine.h5 384 synth.own=mine.txt synth.paper-share=0 train.curve=course.csv
[ "$(cat course.csv)" = 256,1,1 ] || fail "the course holds $(cat course.csv)"
expect 2 "$eelstream" run train.flow none.h5 100 synth.own=mine.txt
says "$err" "--spectra: 100, expected 128 or more"
[ ! -e none.h5 ] || fail "an untrained network was written"
expect 1 "$eelstream" score --paper --count 64 --model mine.h5
one_line "$err"
says "$err" "mine.h5: 1 elements beyond the twenty"

# --- asked: from 0 on every probability counts as found, so La is found in every result
python3=/usr/bin/python3
$python3 -c 'import h5py' 2>/dev/null || { echo "SKIPPED: results, for want of python3-h5py"; exit 77; }
$python3 - <<'END' || exit 1
import h5py
with h5py.File("mine.h5", "r+") as file:
    assert file["classes"][20] == b"La" and file["edges/shell"][20] == b"M4,5"
    assert abs(file["edges/onset"][20] - 831) < 2
    file["threshold"][20] = 0
END
expect 0 "$eelstream" identify lanthanate.txt --model mine.h5
grep -q "^  La M4,5  *83[0-9.]* eV" "$out" || fail "identify does not name La"
expect 0 "$eelstream" identify lanthanate.txt --model mine.h5 --json
says "$out" '"La":0.'
printf 'file,elements\nlanthanate.txt,La_M\n' >labels.csv
expect 0 "$eelstream" score --files labels.csv --model mine.h5
grep -q "lanthanate.txt  *La  *[A-Za-z ]*La" "$out" || fail "score --files does not name La"

expect 0 "$eelstream" synth --phantom phantom.hspy
expect 0 "$eelstream" map phantom.hspy -o maps --model mine.h5
grep -q "^  La  *M4,5  *100.0 %" "$out" || fail "map does not name La"
[ -s maps/La.png ] || fail "there is no picture of La"
says maps/report.html "La M₄₅"
head -1 maps/maps.csv | grep -q "La" || fail "La is not in maps.csv"
expect 0 "$eelstream" verify maps
$python3 - <<'END' || exit 1
import json
la = [e for e in json.load(open("maps/report.json"))["elements"] if e["symbol"] == "La"][0]
assert la["edge"] == "M4,5" and abs(la["onset_ev"] - 831) < 2 and la["found"], la
END

# --- quantified: what has no cross-section is named so, and the others are no shares of a whole
expect 0 "$eelstream" quantify phantom.hspy -o maps --collection 12 --convergence 8 --json
$python3 - <<'END' || exit 1
import json
report = json.load(open("maps/quantify/report.json"))
la = [e for e in report["elements"] if e["symbol"] == "La"][0]
assert la["states"] == {**dict.fromkeys(la["states"], 0), "no cross-section": 2304}, la
assert la["edge"] == "M4,5" and la["density"] is None, la
assert all(e["atomic_percent"] is None for e in report["elements"]), report["elements"]
END
exit 0
