# A scan that is replayed is mapped as the file is, whoever waits for it; misuse is refused.
. "$LIVE"

refused() {
    status=$1 words=$2
    shift 2
    expect "$status" "$eelstream" "$@"
    one_line "$err"
    says "$err" "$words"
    [ -e live-maps ] && fail "a refused run left its folder"
    nothing_left
}

refused 2 "--on-overrun: missing" live replay "$made"
refused 2 "--on-overrun: 'drop'" live replay "$made" --on-overrun drop
refused 2 "--on-overrun: 'thin 1'" live replay "$made" --on-overrun 'thin 1'
refused 2 "--on-overrun: 'spool here'" live replay "$made" --on-overrun 'spool here'
refused 2 "'microscope' is no live source; there are:" live microscope x --on-overrun drop-newest
refused 2 "--scan: '12'" live replay "$made" --on-overrun drop-newest --scan 12
refused 2 "--flyback: needs --scan" live replay "$made" --on-overrun drop-newest --flyback 2
refused 2 "--axis: '1'" live replay "$made" --on-overrun drop-newest --axis 1
refused 1 "none.dm4: No such file" live replay none.dm4 --on-overrun drop-newest
refused 2 "1 operand given, expected SOURCE ADDRESS" live replay

# --- so is what would cost the first scan, before anybody is listened to
late() {
    refused "$@" --on-overrun drop-newest --scans 1
}
feed="live feed ipc://$scratch/feed"
late 1 "/none.h5: " $feed --model /none.h5
late 1 "$made: " $feed --model "$made"
late 2 "--anchor: 'Xx' is no element that the network knows" $feed --anchor Xx
late 2 "--align: 'nonsense', expected zero-loss" $feed --align nonsense
late 2 "--anchor: does not go with --align" $feed --align zero-loss --anchor O
late 2 "--axis-error: 99, expected 0 to 20 eV" $feed --axis-error 99
late 2 "--dispersion: -1 eV per channel, expected more than 0" $feed --dispersion -1
late 2 "--offset: 'abc'" $feed --offset abc
late 2 "--window: '9:1' is not FROM:TO in eV" $feed --window 9:1
late 2 "--window: 5000:6000 lies outside the network's 64.4 to 1000.0 eV" $feed --window 5000:6000
late 2 "--ring: 5 bytes, expected 65536 or more" $feed --ring 5
late 2 "--ring: 0 bytes" $feed --ring 0
late 2 "--workers: 0, expected 1 to 256" $feed --workers 0
[ -e feed ] && fail "a refused run has listened"

# --- the same bytes as offline, whatever the policy, where it has nothing to do
expect 0 live replay "$made" --on-overrun drop-newest -o mapped --rate 2000
no_progress
[ -s "$err" ] && fail "a good run has words on stderr"
says "$out" "384 of 384 pixels mapped"
for file in store/values store/states maps.tif; do
    cmp "$offline/$file" "mapped/scan-0001/$file" || fail "$file differs from the offline map"
done
accounted mapped/scan-0001
nothing_left

# --- the next command goes on with the next number and replaces nothing
expect 0 live replay "$made" --on-overrun drop-oldest -o mapped --json
says "$out" '"total": 384'
as_offline mapped/scan-0002
[ "$valued" -eq "$pixels" ] || fail "only $valued pixels have a value"
accounted mapped/scan-0002

# --- a file that does not state its energies
expect 0 "$eelstream" convert "$made" scan.npy
expect 0 live replay scan.npy --axis 350:0.5 --on-overrun drop-newest -o npy
as_offline npy/scan-0001
[ "$valued" -eq "$pixels" ] || fail "only $valued pixels of scan.npy have a value"

# --- one that does not state its dimensions either, as map reads it
expect 0 "$LIVE_TOOL" stack 128 6 8 stack.tif
expect 0 "$eelstream" map stack.tif --axes Eyx --axis 350:4 -o stack --workers 1
expect 0 live replay stack.tif --axes Eyx --axis 350:4 --on-overrun drop-newest -o stacks
for file in store/values store/states maps.tif; do
    cmp "stack/$file" "stacks/scan-0001/$file" || fail "$file of a stack differs from the offline map"
done
refused 2 "--axes: are those of a file, feed reads none" live feed ipc://here --axes Eyx --on-overrun drop-newest
refused 2 "--axis: 'keV' is not FIRST:STEP" live feed ipc://here --axis keV --on-overrun drop-newest
refused 2 "--axes: $made says itself" live replay "$made" --axes Eyx --on-overrun drop-newest

# --- as a stage of any pipeline, for one scan
expect 0 "$eelstream" run live.flow replay "$made" one ingest.on-overrun=drop-newest
as_offline one
[ "$valued" -eq "$pixels" ] || fail "only $valued pixels have a value"
nothing_left
exit 0
