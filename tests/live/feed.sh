# A feed from Debian's Python, the client of docs/live.md: scan after scan, each pixel accounted for.
. "$LIVE"

python=/usr/bin/python3 client=${LIVE%/*}/feed.py document=${LIVE%/tests/*}/docs/live.md
[ -x $python ] || { echo "SKIPPED: no /usr/bin/python3 is there"; exit 77; }
$python "$client" "$document" - - try || exit $?
expect 0 "$eelstream" convert "$made" scan.npy

# fed SCENE STATUS OPTION…: a live run with that client
fed() {
    scene=$1 status=$2
    shift 2
    timeout 250 $python "$client" "$document" "ipc://$scratch/feed" scan.npy "$scene" &
    sender=$!
    expect "$status" live feed "ipc://$scratch/feed" --on-overrun drop-newest -o "$scene" "$@"
    wait $sender || fail "the client ended with $?"
    nothing_left
}

# numbers SCAN VALUE SOURCE-GAP CANCELLED
numbers() {
    accounted "$1"
    as_offline "$1"
    got="$valued $(counted "$1" source-gap) $(counted "$1" cancelled)"
    [ "$got" = "$2 $3 $4" ] || fail "$1: $got pixels, expected $2 $3 $4"
}

fed scans 1 --scans 5
cp "$err" said
says said "listens at ipc://$scratch/feed"
thrown=$(sed -n 's/.* \([0-9]*\) messages were thrown away, the last for.*/+\1/p' said | tr -d '\n')
[ $((0$thrown)) -eq 22 ] || fail "0$thrown messages were said to be thrown away, expected 22"
says said "scan 2 ended 256 pixels early: the feed ended it"
says said "scan 2: 32 frames were left out"
says said "scan 3 ended 352 pixels early: the feed gave it up"
says said "scan 4 ended 352 pixels early: the next one began"
says said "scan 5 ended 32 pixels early: the next one began, and its announcement cannot be read"
numbers scans/scan-0001 384 0 0
numbers scans/scan-0002 64 320 0
numbers scans/scan-0003 32 0 352
numbers scans/scan-0004 32 352 0
numbers scans/scan-0005 32 352 0
says scans/scan-0001/report.json '"title": "from Python"'

# --- the page's code for DigitalMicrograph sends rows that are whole
fed microscope 0 --scans 1
numbers microscope/scan-0001 384 0 0

# --- what cannot be read is said with its reason, and costs itself only
fed odd 1 --scans 1
says "$err" "thrown away, the last for 'dtype' is none of uint8"
says "$err" "for pixels of a scan whose announcement cannot be read: 'dtype' is none of uint8"
says "$err" "bytes of values in one message, expected at most 67108864 (64 MiB): send them in several"
numbers odd/scan-0001 384 0 0
says odd/scan-0001/report.json "\"title\": \"$(printf '%126s' '' | tr ' ' a)\""

# --- nobody announces anything, the energies are the user's, and then the beam stops
fed silent 1 --scans 1 --scan 12x32 --axis 350:0.5 --stall 2
says "$err" "scan 1 ended 320 pixels early: nothing came for 2 s"
numbers silent/scan-0001 64 320 0

# --- after a pause: what is late is left out and said, and the next scan is whole
fed pauses 1 --scans 2 --scan 12x32 --axis 350:0.5 --stall 2
says "$err" "scan 1 ended 320 pixels early: nothing came for 2 s"
says "$err" "frames from 64 on came when their scan was over: left out until the next one begins"
says "$err" "64 frames came too late, when their scan was over"
numbers pauses/scan-0001 64 320 0
numbers pauses/scan-0002 384 0 0

# --- scans that nobody announces follow each other: none is lost
fed in-a-row 0 --scans 3 --scan 12x32 --axis 350:0.5
for scan in 1 2 3; do
    numbers in-a-row/scan-000$scan 384 0 0
done

# --- the stall counts from the first pixel on
fed waiting 0 --scans 1 --stall 1
numbers waiting/scan-0001 384 0 0

# --- as long as it turns out to be
fed open 0 --scans 1
says "$out" "40 of 40 pixels mapped"
numbers open/scan-0001 40 0 0

# --- energies that nobody knows are no reason to guess
timeout 250 $python "$client" "$document" "ipc://$scratch/feed" scan.npy silent &
expect 1 live feed "ipc://$scratch/feed" --on-overrun drop-newest -o none --scan 12x32 --scans 1
says "$err" "scan 1: --axis: missing, and feed ipc://$scratch/feed does not say its energies"
kill $! 2>/dev/null
expect 2 live feed "nowhere" --on-overrun drop-newest -o none
says "$err" "nowhere: expected tcp://ADDRESS:PORT or ipc://PATH"
nothing_left
exit 0
