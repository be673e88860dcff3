# A block that kills every process that takes it on is isolated to exactly its pixels.
. "$FAULTS"

# --- block 3 is pixels 768 to 1023, and no other pixel suffers
expect_broken 1 block_3:1 infer map poison --workers 2
says "$err" "block 3 (pixels 768 to 1023) is poison: 3 receivers failed with it alone"
says "$err" "poison: 256 of 2304 pixels have no value: 256 poison; --retry poison"
says "$out" "2048 of 2304 pixels mapped, 256 poison"
says poison/report.json '"complete": false'
expect 0 "$eelstream" verify poison
says "$out" "2304 pixels = 2048 value + 256 poison"
nothing_left
{ head -c 768 "$whole/store/states"; head -c 256 /dev/zero | tr '\000' '\002'; \
    tail -c 1280 "$whole/store/states"; } | cmp - poison/store/states || fail "other pixels suffer"
row=$(($(wc -c <"$whole/store/values") / 2304))
cmp -n $((768 * row)) "$whole/store/values" poison/store/values || fail "a value before differs"
cmp -i $((1024 * row)) "$whole/store/values" poison/store/values || fail "a value after differs"

# --- it stays refused, and --retry poison tries it again: nothing but that block
expect 1 map poison
says "$err" "holds results already"
expect_broken 1 block_3:1 infer map poison --retry poison
says "$err" "poison: 256 of 2304 pixels have no value: 256 poison"
expect 0 map poison --retry poison
same_results poison
says poison/store/end.json '"pixels": 256'
expect 0 map poison --retry poison
same_results poison

# --- a retry that is cut short is no whole run any more, and goes on
expect_broken 1 block_3:1 infer map again
expect_broken 1 before_sync:1 aggregate map again --retry poison
expect 0 map again --retry poison
same_results again

# --- words for what cannot be tried again
expect 1 map nothing --retry poison
one_line "$err"
says "$err" "nothing: holds no run that could be tried again"
expect 2 map poison --retry overrun
one_line "$err"
says "$err" "--retry: 'overrun', expected poison"
expect 2 map poison --retry poison --force
one_line "$err"
exit 0
