# detector - words for tests with a simulated DECTRIS detector, on top of those of live.sh.
. "$LIVE"

python=/usr/bin/python3 detector=${LIVE%/*}/simplon.py
[ -x $python ] || { echo "SKIPPED: no /usr/bin/python3 is there"; exit 77; }
$python "$detector" - - try || exit $?
expect 0 "$eelstream" convert "$made" scan.npy

# detected SCENE STATUS OPTION…: a live run of that scene
detected() {
    scene=$1 status=$2
    shift 2
    mkfifo beam begun # until the run is over; when the series has begun
    timeout 250 $python "$detector" "ipc://$scratch/detector" scan.npy "$scene" "$scratch/begun" <beam &
    sender=$!
    exec 9>beam
    [ "$scene" != late ] || cat begun
    expect "$status" live dectris "ipc://$scratch/detector" --on-overrun drop-newest -o "$scene" --rows 1:9 "$@"
    exec 9>&-
    [ "$status" -eq 2 ] && kill $sender
    wait $sender || [ "$status" -eq 2 ] || fail "the detector ended with $?"
    rm beam begun
    nothing_left
}

# numbers SCAN VALUE SOURCE-GAP
numbers() {
    accounted "$1"
    as_offline "$1"
    got="$valued $(counted "$1" source-gap)"
    [ "$got" = "$2 $3" ] || fail "$1: $got pixels, expected $2 $3"
}
