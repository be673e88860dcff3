# The map that live runs of the same spectra must equal.
. "$LIVE"

rm -rf "$MADE"
mkdir -p "$MADE"
expect 0 "$LIVE_TOOL" make 12 32 "$made"
expect 0 "$eelstream" map "$made" -o "$offline" --workers 1
says "$out" "384 of 384 pixels mapped"
grep -q "^  O  *K " "$out" || fail "the oxygen of the scan was not found"
exit 0
