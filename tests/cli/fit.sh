# An edge of a measured spectrum becomes part of a library, or one line says why not.
. "$CLI"

awk 'BEGIN { for (e = 450; e < 700; e += .25) {
    s = e < 533 ? 0 : 900 * (e / 533) ^ -3 + 1500 * exp(-(e - 538) ^ 2 / 8)
    print e, int(9000 * (e / 450) ^ -2.6 + s) } }' >oxide.txt

expect 0 "$eelstream" fit oxide.txt --element O --library mine.txt --compound MgO
says "$out" "O_K_oxide"
says "$out" "mine.txt, now 1 shape"
says mine.txt "compound MgO"
says mine.txt "edge O K"
expect 0 "$eelstream" fit oxide.txt --element O --library mine.txt --id again --held-out \
    --picture fit.png
[ "$(head -c 4 fit.png | tail -c 3)" = PNG ] || fail "fit.png is no picture"
says "$out" "now 2 shapes"
says mine.txt "held-out"
expect 0 "$eelstream" fit oxide.txt --element O --json
one_line "$out"
says "$out" '{"id":"O_K_oxide","edge":"O K","onset_ev":53'
says "$out" '"background":{"exponent":2.6'
awk '{ print $1, $2 + ($1 > 640 ? 6000 : 0) }' oxide.txt >two.txt # another edge behind it, higher
expect 0 "$eelstream" fit two.txt --element O
one_line "$err"
says "$err" "times as high as the edge: is there another one? --length ends before it"
expect 0 "$eelstream" fit two.txt --element O --length 100
[ -s "$err" ] && fail "an edge that ends in time is doubted"
cp mine.txt before.txt

refused() {
    status=$1 words=$2
    shift 2
    expect "$status" "$eelstream" fit "$@"
    one_line "$err"
    says "$err" "$words"
}

refused 2 "choose another --id" oxide.txt --element O --library mine.txt
refused 2 "--element or --edge" oxide.txt
refused 2 "none of the twenty" oxide.txt --element Xx
refused 2 "expected an element and a shell" oxide.txt --edge "Xx M1"
refused 2 "--onset" oxide.txt --edge "Sc M1"
refused 1 "begins at 450" oxide.txt --element O --onset 452
refused 2 "spectrum goes from 450" oxide.txt --element C
refused 2 "--gaussians" oxide.txt --element O --gaussians 65
awk '{ print $1, int($2 * (1 + (NR * 7919 % 101 - 50) / 1000)) }' oxide.txt >noise.txt
refused 1 "hardly shows" noise.txt --element V --onset 513 --length 15 --library mine.txt
refused 1 "No such file" none.msa --element O
refused 2 'byte 32 in "a b"' oxide.txt --element O --id "a b" --library mine.txt
echo "no library" >other.txt
refused 1 'other.txt:1: "no library"' oxide.txt --element O --library other.txt
cmp -s mine.txt before.txt || fail "a refused fit changed the library"
