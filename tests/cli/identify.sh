# identify names the elements of single spectra, and never calls absent what was not recorded.
. "$CLI"

ls "$EEL_BIN"/share/eelstream/models/*.h5 >/dev/null 2>&1 || {
    echo "SKIPPED: no trained network is there"
    exit 77
}

spectrum() { # spectrum FROM TO: a power law with an oxygen edge
    awk -v from="$1" -v to="$2" 'BEGIN { for (e = from; e < to; e += .5) {
        s = e < 531 ? 0 : 60000 * (e / 531) ^ -3 + 50000 * exp(-(e - 537) ^ 2 / 8)
        print e, int(90000 * ((e + 1) / 450) ^ -2.6 + s) } }'
}
spectrum 430 700 >oxide.txt
spectrum 1 80 >low.txt

expect 0 "$eelstream" identify oxide.txt
says "$out" "  O  K      532.0 eV"
says "$out" "not observable: B C N"

# --- zeros that fill a spectrum up are no record: what would lie there is not observable
spectrum 430 630 >short.txt
{ cat short.txt; awk 'BEGIN { for (e = 630; e < 900; e += .5) print e, 0 }'; } >filled.txt
expect 0 "$eelstream" identify short.txt
sed 1d "$out" >of_short
expect 0 "$eelstream" identify filled.txt
says "$err" "filled.txt: 0 channels in front and 540 at the end hold no counts: taken for not recorded"
sed 1d "$out" | cmp -s - of_short || fail "zeros behind change what is found"
says "$out" "not observable: B C N F"
expect 0 "$eelstream" info filled.txt
says "$out" "recorded      430 to 629.5 eV"

# --- nor is a gap: before and behind it elements are told as ever
"$eelstream" convert oxide.txt whole.npy
/usr/bin/python3 -c 'import numpy as np; s = np.load("whole.npy").astype("f4"); s[180:260] = np.nan; np.save("gap.npy", s)' 2>/dev/null &&
{
    expect 0 "$eelstream" identify --axis 430:0.5 gap.npy
    says "$err" "gap.npy: nothing was recorded between 519.5 and 560.0 eV: no edge can be seen there"
    says "$out" "not observable: B C N O"
    expect 0 "$eelstream" map --axis 430:0.5 gap.npy -o gap --json
    grep -A9 '"symbol": "O"' gap/report.json | grep -q '"observable": false' || fail "oxygen counts as observable in a gap"
}

# --- the JSON that scripts rely on
expect 0 "$eelstream" identify --json --axis-error 0 oxide.txt oxide.txt
[ "$(wc -l <"$out")" -eq 2 ] || fail "expected one object a line"
says "$out" '{"file":"oxide.txt","elements":{"B":null,"C":null,"N":null,"O":0.9'
says "$out" '"present":["O"],"uncertain":[],"unobservable":["B","C","N",'
symbols=$(head -1 "$out" | sed 's/.*"elements":{\([^}]*\)}.*/\1/' | tr ',' '\n' | wc -l)
[ "$symbols" -eq 20 ] || fail "$symbols elements, expected 20"

# --- an axis in doubt: means over what the energies may be
expect 0 "$eelstream" identify --json --axis-error 0 oxide.txt
certain=$(sed 's/.*"O":\([0-9.]*\).*/\1/' "$out")
expect 0 "$eelstream" identify --json --axis-error 15 oxide.txt
doubtful=$(sed 's/.*"O":\([0-9.]*\).*/\1/' "$out")
awk -v a="$certain" -v b="$doubtful" 'BEGIN { exit !(a > b && b > .3) }' ||
    fail "O with $certain, with an axis in doubt $doubtful"
for offset in 10 14 18 22 26; do # one of these is neither here nor there
    expect 0 "$eelstream" identify --json --axis-error 20 --offset $offset oxide.txt
    grep -q '"present":\[\],"uncertain":\[[^]]' "$out" && break
done
expect 0 "$eelstream" identify --axis-error 20 --offset $offset oxide.txt
says "$out" "  uncertain: "
grep -Eq " % \(counts from [0-9]+ %\)" "$out" || fail "not told from where an element counts"
says "$out" "  none of the observable elements"
expect 2 "$eelstream" identify --axis-error 21 oxide.txt
one_line "$err"
says "$err" "--axis-error: 21, expected 0 to 20 eV"

# --- channels wider than any that the network has seen
awk 'BEGIN { for (e = 300; e < 900; e += 8) print e, int(90000 * (e / 450) ^ -2.6) }' >wide.txt
expect 0 "$eelstream" identify wide.txt
one_line "$err"
says "$err" "wide.txt: 8 eV per channel; networks learn from spectra of at most 2"

# --- words of caution stand before the table of their file, where both go to one
"$eelstream" identify oxide.txt wide.txt oxide.txt >both 2>&1
awk '/caution: wide.txt/ { at = NR; before = last } /^wide.txt/ && NR == at + 1 && before ~ /^  not observable:/ { good = 1 }
    { last = $0 } END { exit !good }' both || fail "a caution does not stand beside its table: $(cat both)"

# --- an axis that is off by tens of eV: two edges agree on it
organic() { # organic OFFSET: carbon and oxygen, the energies off by so much
    awk -v off="$1" 'function edge(e, at, height) {
        return e < at ? 0 : height * (at / e) ^ 3 * (1 + 1.2 * exp(-(e - at - 2) ^ 2 / 3) + .8 * exp(-(e - at - 9) ^ 2 / 20)) }
        BEGIN { for (e = 220; e < 680; e += .5)
            print e + off, int(900000 * (e / 250) ^ -3 + edge(e, 284, 400000) + edge(e, 531, 90000)) }'
}
organic 0 >organic.txt
expect 0 "$eelstream" identify organic.txt
grep -q "check the axis" "$out" && fail "energies that are right are doubted"
organic -27 >moved.txt
expect 0 "$eelstream" identify moved.txt
says "$out" "  check the axis: energies "
says "$out" " eV higher would show C and O and nothing else (try --offset "
expect 0 "$eelstream" identify --json moved.txt
offset=$(sed 's/.*"axis_hint":{"offset_ev":\([0-9.]*\),"elements":\["C","O"\],.*/\1/' "$out")
awk -v o="$offset" 'BEGIN { exit !(o >= 21 && o <= 33) }' || fail "told to move by '$offset' eV, expected 27"
expect 0 "$eelstream" identify --offset "$offset" moved.txt
says "$out" "  C  K "
says "$out" "  O  K "
grep -q "check the axis" "$out" && fail "the axis is doubted again"

# --- a file name of any bytes
name=$(printf 'l\351.txt')
cp oxide.txt "$name"
expect 0 "$eelstream" identify --json "$name"
says "$out" '{"file":"lé.txt"'

# --- one file that cannot be read does not hide the others
expect 1 "$eelstream" identify low.txt oxide.txt
one_line "$err"
says "$err" "low.txt: energy axis: from 64.4 to 79.6 eV there is no edge of the network's elements"
says "$out" "oxide.txt"
"$eelstream" identify oxide.txt >/dev/full 2>"$err" && fail "content with a full disk"
says "$err" "standard output: cannot be written"
exit 0
