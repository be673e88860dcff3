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
says "$out" "Labelled elements that are not observable, their edge outside the window: 2"
printf '\357\273\277File, Elements ,Window\r\nphantom.hspy, Ar;Cu , 500:900 \r\nphantom.hspy,O,500:900\r\n' >labels.csv
expect 0 "$eelstream" score --files labels.csv --json
says "$out" '"not_observable":2'
printf 'file,elements,window\nphantom.hspy,Si;N;Ti,740:900\nphantom.hspy,O;Fe,400:900\n' >labels.csv
expect 0 "$eelstream" score --files labels.csv --json
says "$out" '"spectra":1,'
says "$out" '"not_scored":1'
printf 'file,elements\nphantom.hspy,O Mn\n' >labels.csv
expect 1 "$eelstream" score --files labels.csv
one_line "$err"
says "$err" "labels.csv: line 2: 'O Mn': elements are separated by ';'"
printf 'file,elements\nphantom.hspy,"O K; Ti L2,3;N_K;Si L;Fe;C "\n' >labels.csv
expect 0 "$eelstream" score --files labels.csv

# --- cells apart by semicolons or tabs, as spreadsheets of many countries write them
printf 'file,elements,window,group\nphantom.hspy,O;Fe,400:900,steel\n' >labels.csv
expect 0 "$eelstream" score --files labels.csv --json
cp "$out" with_commas
printf '\357\273\277File;Elements;Window;Group\r\nphantom.hspy;"O;Fe";400:900;steel\r\n' >labels.csv
expect 0 "$eelstream" score --files labels.csv --json
cmp "$out" with_commas || fail "semicolons are read otherwise than commas"
printf 'file\telements\twindow\tgroup\nphantom.hspy\tO;Fe\t400:900\tsteel\n' >labels.csv
expect 0 "$eelstream" score --files labels.csv --json
cmp "$out" with_commas || fail "tabs are read otherwise than commas"
printf 'file;elements\nphantom.hspy;O;Fe\n' >labels.csv
expect 1 "$eelstream" score --files labels.csv
one_line "$err"
says "$err" "labels.csv: line 2: 'Fe' stands beyond the 2 columns of line 1; a cell that holds ';' goes in quotes"

# --- a training's course
printf '12800,1.2,1e-3\n25600,0.8,1e-3\n38400,0.5,5e-4\n' >curve.csv
expect 0 "$eelstream" score --carbon --curve curve.csv -o results
[ -s results/carbon.png ] && [ -s results/curves.png ] || fail "a picture is missing"
echo "12800;1.2" >>curve.csv
expect 1 "$eelstream" score --carbon --curve curve.csv -o results
says "$err" "curve.csv: line 4"

awk 'BEGIN { for (e = 400; e < 900; e++) print e "," 1e6 * (e / 400) ^ -3 }' >late.csv
expect 0 "$eelstream" score --carbon --json late.csv
says "$out" '"probability of C":"not observable"'
expect 0 "$eelstream" score --carbon --json
says "$out" '"question":"carbon"'

# --- misuse
expect 2 "$eelstream" score --paper --robust
one_line "$err"
expect 2 "$eelstream" score --paper spectrum.msa
one_line "$err"
expect 2 "$eelstream" score --sensitivity --draws 0
for option in "--shapes 2" "--threshold 0.9" "--record name" "--curve curve.csv" "--paper-model m.h5" "--axis-error 3"; do
    expect 2 "$eelstream" score --paper --count 64 $option
    one_line "$err"
    says "$err" "would change nothing here"
done
expect 2 "$eelstream" synth --phantom other.hspy --held-out
one_line "$err"
one_line "$err"
exit 0
