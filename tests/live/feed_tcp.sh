# A feed over tcp: encrypted and from those on a list, or from anybody where that is said aloud.
. "$LIVE"

python=/usr/bin/python3 client=${LIVE%/*}/feed.py document=${LIVE%/tests/*}/docs/live.md
[ -x $python ] || { echo "SKIPPED: no /usr/bin/python3 is there"; exit 77; }
$python "$client" "$document" - - try || exit $?
expect 0 "$eelstream" convert "$made" scan.npy

# wait_for TEXT: reads what the run says, line by line, until that comes; the line is in $line.
wait_for() {
    while IFS= read -r line <&8; do
        echo "$line" >>"$err"
        case $line in *"$1"*) return 0 ;; esac
    done
    fail "the run did not say '$1'"
}

# listen FOLDER OPTION…: a live run in the background; where it listens is in $at.
listen() {
    : >"$err"
    mkfifo words
    "$eelstream" live feed "tcp://127.0.0.1:*" --on-overrun drop-newest --scans 1 --workers 1 -o "$@" >"$out" 2>words &
    run=$!
    exec 8<words
    rm words
    wait_for "listens at tcp://"
    at=tcp://${line##*tcp://}
    send="timeout 250 $python $client $document $at scan.npy whole" # … CERTIFICATE SERVER-CERTIFICATE
}

expect 2 live feed "tcp://127.0.0.1:*" --on-overrun drop-newest -o none
says "$err" "feed: 'tcp://127.0.0.1:*' needs --keys and --allow, or --insecure-tcp"
for name in lab scope stranger; do
    expect 0 "$eelstream" keygen $name
done
mkdir allowed
cp scope allowed/

# --- a stranger is refused and named, plain text is not understood, and the one on the list is mapped
listen listed --keys lab_secret --allow allowed
$send stranger_secret lab &
stranger=$!
wait_for "refused a peer"
$send &
plain=$!
$send scope_secret stranger & # who takes another for the server tells it nothing
misled=$!
$send scope_secret lab || fail "the client ended with $?"
wait $run || fail "the run ended with $?"
kill $stranger $plain $misled
numbers listed/scan-0001 384 0
nothing_left

# --- anybody, where that is said
listen insecure --insecure-tcp
$send || fail "the client ended with $?"
wait $run || fail "the run ended with $?"
numbers insecure/scan-0001 384 0
nothing_left
exit 0
