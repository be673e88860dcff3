# Files that appear in a folder are scans, each when it is whole; nothing can be lost, so no policy is needed.
. "$LIVE"

mkdir seen
cp "$made" seen/before.dm4
mkfifo said
exec 3<>said
live watch seen -o mapped --scans 3 >"$out" 2>said &
run=$!

# heard WORDS: waits until the run says so.
heard() {
    while read -r line <&3; do
        echo "$line" >>"$err"
        case $line in *"$1"*) return ;; esac
    done
}
: >"$err"
heard "the 1 that are there are passed over"

# --- moved here when it is whole
cp "$made" elsewhere.dm4
mv elsewhere.dm4 seen/first.dm4

# --- closed before it is whole: it is waited for
head -c 100000 "$made" >seen/second.dm4
heard "second.dm4"
says "$err" "it is tried again when it changes"
tail -c +100001 "$made" >>seen/second.dm4

# --- what is no spectrum image is named and is in nobody's way
echo '<?xml version="1.0"?>' >seen/notes.xml
heard "notes.xml: is XML"
cp "$made" seen/third.dm4

# --- a fourth would be one too many
wait $run || fail "the run ended with $?"
for scan in 0001 0002 0003; do
    accounted mapped/scan-$scan
    as_offline mapped/scan-$scan
    [ "$valued" -eq "$pixels" ] || fail "scan $scan: only $valued pixels have a value"
done
says mapped/scan-0001/report.json "seen/first.dm4"
says mapped/scan-0002/report.json "seen/second.dm4"
says mapped/scan-0003/report.json "seen/third.dm4"
nothing_left

# --- a folder that is none
expect 1 live watch nowhere -o none
says "$err" "nowhere: cannot be watched: No such file or directory"
expect 1 live watch "$made" -o none
says "$err" "cannot be watched: Not a directory"
exit 0
