# live - words for tests of live runs, on top of those of cli.sh. Each test starts with: . "$LIVE"
#
# $made is a scan of 12 x 32 pixels and $offline its map, both made by offline.sh.

. "$CLI"
ls "$EEL_BIN"/share/eelstream/models/*.h5 >/dev/null 2>&1 || {
    echo "SKIPPED: no trained network is there"
    exit 77
}
made=$MADE/scan.dm4 offline=$MADE/offline pixels=384

# live SOURCE ADDRESS OPTION…: a live run with one worker into `out`, unless told otherwise.
live() {
    "$eelstream" live "$@" --workers 1
}

# no_progress: takes the lines of progress that a slow run leaves from stderr.
no_progress() {
    sed -i '/^scan [0-9]* \[/d; /^map \[/d' "$err"
}

# counted SCAN STATE: how many pixels of a scan are in that state, as its report says.
counted() {
    sed -n "/\"pixels\": {/,/}/s/.*\"$2\": \([0-9]*\).*/\1/p" "$1/report.json"
}

# accounted SCAN: the proof that value + named absences = total; `missing` is none of them.
accounted() {
    "$eelstream" verify "$1" >"$out" 2>"$err" || fail "verify $1 failed"
    [ "$(counted "$1" missing)" -eq 0 ] || fail "pixels of $1 are missing without a reason"
}

# as_offline SCAN: every pixel with a value has that of the offline map. $valued says how many have one.
as_offline() {
    valued=$("$LIVE_TOOL" same "$offline/store" "$1/store" 2>"$err") || fail "values of $1 differ"
}

# numbers SCAN VALUE SOURCE-GAP
numbers() {
    accounted "$1"
    as_offline "$1"
    got="$valued $(counted "$1" source-gap)"
    [ "$got" = "$2 $3" ] || fail "$1: $got pixels, expected $2 $3"
}
