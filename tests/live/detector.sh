# detector - words for tests with a simulated DECTRIS detector, on top of those of live.sh.
. "$LIVE"

python=/usr/bin/python3 detector=${LIVE%/*}/simplon.py
[ -x $python ] || { echo "SKIPPED: no /usr/bin/python3 is there"; exit 77; }
$python "$detector" || exit $?
expect 0 "$eelstream" convert "$made" scan.npy

version=2 # of the detector's stream

# detected SCENE STATUS OPTION…: a live run of that scene
detected() {
    scene=$1 status=$2
    shift 2
    mkfifo beam begun # until the run is over; when the series has begun
    timeout 250 $python "$detector" $version "ipc://$scratch/detector" scan.npy "$scene" "$scratch/begun" <beam &
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

# odd_appendix: what makes no sense in it is said, and left out.
odd_appendix() {
    detected odd 0 --scans 1 --scan 12x32 --axis 350:0.5
    says "$err" "series 4: the \"shape\" of its header appendix is left out, for it is not [rows, columns]"
    says "$err" "series 4: the \"axis\" of its header appendix is left out, for it is not [first, step] in eV"
    numbers odd/scan-0001 384 0
}

# series_after_series: a whole series with garbage in it, another type, an abort, and what is left over of it.
series_after_series() {
    detected series 1 --scans 5
    cp "$err" said
    says said "connected to ipc://$scratch/detector: the detector can be armed"
    says said "series 7 is armed: 384 images"
    says said "messages were thrown away, the last for"
    says said "scan 3 ended 284 pixels early: series 11 was armed"
    says said "series 11: 10 images between others did not come"
    says said "scan 5 ended 320 pixels early: the detector ended series 12"
    numbers series/scan-0001 384 0
    numbers series/scan-0002 384 0
    numbers series/scan-0003 100 284
    numbers series/scan-0004 374 10
    numbers series/scan-0005 64 320
}
