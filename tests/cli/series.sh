# A series of spectrum images, (t, y, x, energy), goes through with all its axes; --select takes one.
. "$CLI"

spectrum() { # FILE STEP: 100 channels from 400 eV on, as bare float64 values
    i=0
    while [ $i -lt 100 ]; do
        echo "$((400 + i)),$((5000 - $2 * i))"
        i=$((i + 1))
    done >one.csv
    "$eelstream" convert --force one.csv one.npy >/dev/null || fail "one.csv cannot be converted"
    tail -c 800 one.npy >"$1"
}
header() { # SHAPE: of a NumPy file
    text="{'descr': '<f8', 'fortran_order': False, 'shape': ($1), }"
    printf '\223NUMPY\001\000%b\000%s' "$(printf '\\%03o' ${#text})" "$text"
}
spectrum first 20
spectrum then 30
{
    header "2, 3, 4, 100"
    for file in first then; do
        for pixel in 1 2 3 4 5 6 7 8 9 10 11 12; do cat $file; done
    done
} >series.npy

expect 1 "$eelstream" info series.npy
one_line "$err"
says "$err" "--axis FIRST:STEP"
expect 0 "$eelstream" info --json series.npy --axis 400:1 --axes t,y,x,E
says "$out" '"pixels":24'
says "$out" '"size":2,"offset":0.0,"scale":1.0,"name":"t"'
expect 0 "$eelstream" info --json series.npy --axis 400:1 --axes tyxE --select t=1,y=2
says "$out" '"pixels":4,'
says "$out" '"select":"t=1,y=2"'
expect 2 "$eelstream" info series.npy --axis 400:1 --axes tyxE --select t=2
one_line "$err"
says "$err" "t=2, the axis has 0 to 1"
expect 2 "$eelstream" info series.npy --axis 400:1 --select z=0
says "$err" "no axis 'z'"

# The selected spectra are those of that index.
expect 0 "$eelstream" convert series.npy then.npy --axis 400:1 --axes tyxE --select t=1,x=0,y=0
tail -c 800 then.npy | cmp - then || fail "then.npy holds other values"

# All axes are in the results; so is the selection.
expect 0 "$eelstream" map series.npy -o all --axis 400:1 --axes tyxE --workers 1
tr -d ' \n' <all/report.json >flat
says flat '"shape":[2,3,4]'
expect 1 "$eelstream" info all/maps.hspy
says "$err" " x 2 x 3 x 4"
expect 0 "$eelstream" map series.npy -o one --axis 400:1 --axes tyxE --select t=1 --workers 1
tr -d ' \n' <one/report.json >flat
says flat '"shape":[3,4]'
nothing_left
