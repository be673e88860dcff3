# What `eelstream score` answers without a stream: tables, pictures, and words when it cannot.
. "$CLI"

ls "$EEL_BIN"/share/eelstream/models/*.h5 >/dev/null 2>&1 || {
    echo "SKIPPED: no trained network is there"
    exit 77
}

# --- the paper's distribution: a table on stdout, the same as files, pictures beside them
expect 0 "$eelstream" score --paper --count 64 -o results
says "$out" "exact accuracy"
for file in paper.csv paper.md paper.png confusion.csv reliability.png; do
    [ -s results/$file ] || fail "there is no $file"
done

# --- measured spectra with labels: read where the table lies, in quotes too
expect 0 "$eelstream" synth --phantom phantom.hspy
printf 'file,elements,window,group\n"phantom.hspy",O;Ti;N;Si;Fe;C,90:900,"made, here"\n' >labels.csv
expect 0 "$eelstream" score --files labels.csv
says "$out" "made, here"
printf 'file,elements\nphantom.hspy,O\nnone.msa,O\n' >labels.csv
expect 1 "$eelstream" score --files labels.csv
says "$err" "none.msa: No such file"
printf 'file,elements\nphantom.hspy,oxygen\n' >labels.csv
expect 1 "$eelstream" score --files labels.csv
one_line "$err"
says "$err" "labels.csv: line 2: 'oxygen' is no element"
printf 'file,elements\nphantom.hspy,O;Zz\n' >labels.csv
expect 1 "$eelstream" score --files labels.csv
says "$err" "labels.csv: line 2: 'Zz' is no element"
printf 'file,elements,window\nphantom.hspy,O;Ti;N;Si;Fe;C,400:900\n' >labels.csv
expect 0 "$eelstream" score --files labels.csv
says "$out" "2 labelled elements are not observable"
printf 'file,elements\nphantom.hspy,O Mn\n' >labels.csv
expect 1 "$eelstream" score --files labels.csv
one_line "$err"
says "$err" "labels.csv: line 2: 'O Mn': elements are separated by ';'"
printf 'file,elements\nphantom.hspy,"O K; Ti L2,3;N_K;Si L;Fe;C "\n' >labels.csv
expect 0 "$eelstream" score --files labels.csv

# --- a training's course
printf '12800,1.2,1e-3\n25600,0.8,1e-3\n38400,0.5,5e-4\n' >curve.csv
expect 0 "$eelstream" score --carbon --curve curve.csv -o results
[ -s results/carbon.png ] && [ -s results/curves.png ] || fail "a picture is missing"
echo "12800;1.2" >>curve.csv
expect 1 "$eelstream" score --carbon --curve curve.csv -o results
says "$err" "curve.csv: line 4"

expect 0 "$eelstream" score --carbon --json
says "$out" '"question":"carbon"'

# --- misuse
expect 2 "$eelstream" score --paper --robust
one_line "$err"
expect 2 "$eelstream" score --paper spectrum.msa
one_line "$err"
expect 2 "$eelstream" score --sensitivity --draws 0
one_line "$err"
exit 0
