# The stages of docs/tutorials work: in C, and in Python where its packages are.
. "$CLI"

ln -s "$EEL_BIN"/eelstream-* "$EEL_BIN"/share bin/
cp "$eelstream" "$EEL_BIN"/tests/stages/eelstream-tally bin/
printf 'reader --input $1\ncalibrate\ntally --from 456 --to 480\n' >c.flow
printf 'reader --input $1\ncalibrate\ntally-py --from 456 --to 480\n' >python.flow
expect 0 "$eelstream" synth --phantom phantom.hspy

expect 0 bin/eelstream run c.flow phantom.hspy
sort -n "$out" >c.csv
[ "$(wc -l <c.csv)" -eq 2304 ] || fail "not a line per pixel: $(wc -l <c.csv)"
[ "$(awk -F, '$2 > 0' c.csv | wc -l)" -eq 2304 ] || fail "pixels without counts"
nothing_left

expect 2 bin/eelstream run c.flow phantom.hspy tally.to=100
one_line "$err"
says "$err" "--from, --to"
nothing_left

/usr/bin/python3 -c 'import zmq, msgpack' 2>/dev/null || {
    echo "SKIPPED: the stage in Python, for want of python3-zmq and python3-msgpack"
    exit 77
}
cp "$TUTORIALS/tally.py" bin/eelstream-tally-py
expect 0 bin/eelstream run python.flow phantom.hspy
sort -n "$out" >python.csv
cmp c.csv python.csv || fail "the stage in Python counts differently"
nothing_left

# --- a stage before it that fails ends it
expect 1 bin/eelstream run python.flow none.hspy
one_line "$err"
says "$err" "none.hspy"
nothing_left
exit 0
