# Two writers of one store, and processes of another run, are refused.
. "$FAULTS"

# A worker that says who it is and waits for leave to begin.
mkfifo told go
exec 3<>told
ln -s "$EEL_BIN"/share bin/
for program in "$EEL_BIN"/eelstream-*; do
    ln -s "$program" bin/
done
rm bin/eelstream-infer
cp "$eelstream" bin/eelstream
echo "echo \$\$ \$* >$scratch/told; read -r leave <$scratch/go
exec $EEL_BIN/eelstream-infer \"\$@\"" | fake infer

# --- a second run into the same folder is refused while the first one is there, and harms nothing
expect_broken 1 between_syncs:2 aggregate map shared
exec 4<shared/store/states
flock -x 4
expect 1 map shared
no_progress
one_line "$err"
says "$err" "shared/store: another run is writing here"
expect 1 map shared --force
no_progress
one_line "$err"
says "$err" "shared/store: another run is writing here"
exec 4<&-
goes_on shared

# --- a worker of an older run, with the address of this one, is refused and named
bin/eelstream map "$phantom" -o stale --workers 1 >"$out" 2>"$err" &
run=$!
read -r pid words <&3
in=$(echo "$words" | sed 's/.*--in \([^ ]*\) .*/\1/')
link=$(echo "$words" | sed 's/.*--out \([^ ]*\) .*/\1/')
"$EEL_BIN"/eelstream-infer --in "$in" --out "$link" --name infer.9 \
    --run 00112233445566778899aabbccddeeff >stale.out 2>stale.err &
stale=$!
wait $stale
[ $? -eq 1 ] || fail "a worker of another run ended with $?"
says stale.err "refuses this process"
echo leave >go
wait $run
[ $? -eq 0 ] || fail "the run with an intruder failed"
grep -q "refused infer.9" "$err" || fail "the intruder is not named"
same_results stale
nothing_left "$pid"

exit 0
