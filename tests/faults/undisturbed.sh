# The run that all others must equal.
. "$FAULTS"

rm -rf "$MADE"
mkdir -p "$MADE"
expect 0 "$eelstream" synth --phantom "$phantom"
expect 0 map "$whole"
expect 0 "$eelstream" verify "$whole"
says "$out" "2304 pixels = 2304 value"
expect 0 "$eelstream" verify "$whole" --json
says "$out" '"ok": true'

# --- results stand for themselves: the input may be elsewhere by now
mv "$phantom" "$phantom.moved"
expect 0 "$eelstream" verify "$whole"
mv "$phantom.moved" "$phantom"
nothing_left

# --- any number of workers, in whatever order they finish: the same bytes
for workers in 2 3; do
    expect 0 map "workers$workers" --workers $workers
    same_results "workers$workers"
done

# --- what was changed behind the back of the run is found
cp -r "$whole" changed
printf '\002' | dd of=changed/store/states bs=1 seek=500 conv=notrunc 2>/dev/null
expect 1 "$eelstream" verify changed
says "$out" "2304 pixels = 2303 value + 1 poison"
says "$out" "BAD  report.json says 2304 value, the store 2303"
says "$out" "BAD  maps.tif"
cp "$whole/store/states" changed/store/states
printf '\177' | dd of=changed/store/values bs=1 seek=5003 conv=notrunc 2>/dev/null
expect 1 "$eelstream" verify changed
says "$out" "BAD  values      1 pixels hold what is no probability"
cp "$whole/store/values" changed/store/values
expect 0 "$eelstream" verify changed
printf 'x' | dd of=changed/maps.tif bs=1 seek=9999 conv=notrunc 2>/dev/null
expect 1 "$eelstream" verify changed
rm changed/maps.tif
expect 1 "$eelstream" verify changed
says "$out" "BAD  maps.tif    No such file"
truncate -s 5 changed/store/values
expect 1 "$eelstream" verify changed
one_line "$err"
exit 0
