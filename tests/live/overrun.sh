# A source that is faster than the pipeline: the policy's drops are named, the rest is exact.
. "$LIVE"

# The ring takes the second block of 128 pixels, and not the first, of 256, unless a busy machine cut it into smaller ones.
for policy in drop-newest drop-oldest 'thin 3'; do
    name=$(echo "$policy" | tr ' ' -)
    ring=600K
    [ "$policy" = 'thin 3' ] && ring=100K # rows of 128K, of which none fits
    expect 1 live replay "$made" --on-overrun "$policy" -o "$name" --ring $ring --rate 1000000
    overrun=$(counted "$name/scan-0001" overrun)
    says "$err" "$name/scan-0001: $overrun of 384 pixels have no value: $overrun overrun"
    as_offline "$name/scan-0001"
    [ $((valued + overrun)) -eq "$pixels" ] || fail "$policy: $valued + $overrun pixels"
    accounted "$name/scan-0001"
    nothing_left
done
[ "$(counted drop-newest/scan-0001 value)" -gt 0 ] || fail "everything was dropped"
[ "$(counted thin-3/scan-0001 value)" -eq 0 ] || fail "rows came through a ring that is too small"
exit 0
