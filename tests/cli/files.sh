# info says what files hold, convert copies them, and both refuse in one line what they cannot read.
. "$CLI"

i=0
echo "Energy (eV),Counts" >ti.csv
while [ $i -lt 100 ]; do
    echo "$((400 + i)),$((5000 - 20 * i))" >>ti.csv
    i=$((i + 1))
done

expect 0 "$eelstream" info ti.csv
says "$out" "1 spectrum"
says "$out" "400 to 499 eV, 100 channels of 1 eV"
expect 0 "$eelstream" convert ti.csv ti.hspy
says "$out" "ti.hspy: 1 spectrum of 100 channels"
expect 0 "$eelstream" convert --json ti.hspy ti.msa
says "$out" '"channels":100'
name=$(printf 't\351.npy')
expect 0 "$eelstream" convert --json ti.hspy "$name"
says "$out" '{"output":"té.npy"'
expect 0 "$eelstream" info --json ti.hspy ti.msa
[ "$(wc -l <"$out")" -eq 2 ] || fail "expected one object a line"
says "$out" '"energy":{"start_ev":400.0,"step_ev":1.0,"channels":100}'
expect 0 "$eelstream" convert ti.msa ti.npy
says "$out" "400 to 499 eV, float64; values only, --axis 400:1 states their energies"
[ "$(wc -c <ti.npy)" -eq 928 ] || fail "ti.npy: expected 128 + 100 x 8 bytes"

refused() {
    status=$1 words=$2
    shift 2
    expect "$status" "$eelstream" "$@"
    one_line "$err"
    says "$err" "$words"
}

head -c 4096 /dev/zero >zeros.dm3
head -c 5000 ti.hspy >cut.hspy
refused 1 "none.dm4: No such file" info none.dm4
refused 1 "is a folder" info /
refused 1 "zeros.dm3: is all zeros" info zeros.dm3
printf '\377\3764\0000\0000\000,\0001\000' >excel.txt
printf 'II\227\001\040\002' >scan.ser
refused 1 "scan.ser: is a TIA series" info scan.ser
refused 1 "excel.txt: is text in UTF-16" info excel.txt
refused 1 "cut.hspy: truncated or damaged" info cut.hspy
refused 2 "no signal '3'" info ti.hspy --signal 3
refused 2 "expected .hspy, .msa or .npy" convert ti.csv ti.dm4
refused 2 "is the input itself" convert ti.hspy ./ti.hspy
refused 1 "ti.npy: is there already; --force replaces it" convert ti.csv ti.npy
expect 0 "$eelstream" convert ti.csv ti.npy --force
refused 1 "zeros.dm3: is all zeros" convert zeros.dm3 zeros.hspy
[ ! -e zeros.hspy ] || fail "a refused conversion left a file"
refused 1 "nowhere/ti.npy: cannot be created" convert ti.csv nowhere/ti.npy

# A result that cannot be written is a failure, also where the last words wait in a buffer.
full() {
    "$eelstream" "$@" >/dev/full 2>"$err" && fail "$* is content with a full disk"
    one_line "$err"
    says "$err" "standard output: cannot be written"
}
full info ti.csv
full info --json ti.csv
full convert ti.csv full.npy

# One file that cannot be read does not hide the others.
expect 1 "$eelstream" info zeros.dm3 ti.csv
one_line "$err"
says "$out" "ti.csv"
[ -z "$(find . -maxdepth 1 -name '.*.*' -type f)" ] || fail "a temporary file stayed behind"

# --- a trained network says what it knows
model=$EEL_BIN/share/eelstream/models/core-loss-20.h5
expect 0 "$eelstream" info "$model"
says "$out" "  format        trained network"
says "$out" "  elements      B C N O F "
says "$out" "  energy loss   64.4 to 1000 eV, 4679 channels of 0.2 eV"
says "$out" "  sha-256       $(sha256sum "$model" | cut -d ' ' -f 1)"
expect 0 "$eelstream" info --json "$model"
says "$out" '"elements":["B","C","N","O","F",'
says "$out" '"training":{"command":"eelstream train '
head -c 900000 "$model" >cut.h5
refused 1 "cut.h5: truncated or damaged" info cut.h5
truncate -s 300M large.h5
refused 1 "large.h5: 314572800 bytes, a trained network has at most 268435456" identify --model large.h5 ti.csv
rm large.h5
