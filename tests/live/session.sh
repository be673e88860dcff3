# Several scans and several runs: none takes what is another's, and one that cannot be mapped costs itself only.
. "$LIVE"

python=/usr/bin/python3 client=${LIVE%/*}/feed.py document=${LIVE%/tests/*}/docs/live.md
[ -x $python ] || { echo "SKIPPED: no /usr/bin/python3 is there"; exit 77; }
$python "$client" "$document" - - try || exit $?
expect 0 "$eelstream" convert "$made" scan.npy

# sent NAME SCENE: a client for the run that listens at that name.
sent() {
    timeout 250 $python "$client" "$document" "ipc://$scratch/$1" scan.npy "$2"
}

# started NAME OPTION…: a run that listens at that name in the background, its words in NAME.err; $! is it.
started() {
    name=$1
    shift
    mkfifo "$name.said"
    "$eelstream" live feed "ipc://$scratch/$name" --on-overrun drop-newest --workers 1 "$@" >"$name.out" 2>"$name.said" &
    run=$!
    exec 4<"$name.said"
    read -r line <&4 || fail "$name says nothing"
    echo "$line" >"$name.err"
    cat <&4 >>"$name.err" &
    exec 4<&-
    case $line in *"listens at ipc://$scratch/$name"*) ;; *) fail "$name says '$line'" ;; esac
}

# went_wrong NAME SCENE OPTION…: such a run hears a client, and says with its status that not all is well.
went_wrong() {
    who=$1 scene=$2
    shift 2
    started "$who" "$@"
    sent "$who" "$scene" || fail "the client ended with $?"
    wait $run
    [ $? -eq 1 ] || fail "a run with the scene $scene did not end with 1"
    wait # for its words
}

# --- two runs with one OUTDIR: each scan has a folder of its own, whoever comes first
started one -o both --scans 1
first=$run
started other -o both --scans 1
second=$run
sent one whole || fail "the client of the first ended with $?"
wait $first || fail "the first run ended with $?"
cp -r both/scan-0001 kept
sent other whole || fail "the client of the second ended with $?"
wait $second || fail "the second run ended with $?"
wait # for its words
says other.err "scan 1: its results go into both/scan-0002"
diff -r kept both/scan-0001 >/dev/null || fail "the second run has replaced a scan of the first"
for scan in 1 2; do
    numbers both/scan-000$scan 384 0
done
nothing_left

# --- two runs with one spool: each scan has a number of its own, and what a run that lives has spooled is not left over
spool="spool $scratch/waiting 100M"
mkfifo early.said
"$eelstream" live feed "ipc://$scratch/early" --on-overrun "$spool" -o shared --workers 1 --scan 12x32 --axis 350:0.5 \
    --stall 1000 >early.out 2>early.said &
early=$!
exec 5<early.said
hears() {
    while read -r line <&5; do
        echo "$line" >>early.err
        case $line in *"$1"*) return ;; esac
    done
    cat early.err
    fail "a run did not say $1"
}
hears "listens at ipc://$scratch/early"
started late -o shared --scans 1 --on-overrun "$spool"
late=$run
mkdir shared/scan-0001 # a scan that goes into another folder is said when it is in the spool
sent early silent || fail "the client of the first ended with $?"
hears "scan 1: its results go into shared/scan-0002"
cat <&5 >>early.err &
sent late whole || fail "the client of the second ended with $?"
wait $late || { cat late.err; fail "the second run ended with $?"; }
says late.err "scan 2: its results go into shared/scan-0003"
numbers shared/scan-0003 384 0
expect 0 live replay "$made" --on-overrun "$spool" -o shared
numbers shared/scan-0004 384 0
[ "$(ls waiting)" = "scan-0001.folder
scan-0001.spool" ] || fail "in the spool of the run that lives is $(ls waiting)"
kill -INT $early
wait $early
[ $? -eq 1 ] || fail "a scan that was stopped did not end the run with 1"
exec 5<&-
wait # for its words
accounted shared/scan-0002
[ "$(counted shared/scan-0002 cancelled)" -eq 320 ] || fail "what was stopped is not cancelled"
[ -z "$(ls waiting)" ] || fail "a mapped scan is still in the spool: $(ls waiting)"
nothing_left

# --- what cannot be mapped is named, and the next scan is mapped
went_wrong third misfits -o misfits --scans 5
for scan in 1 3 5; do
    [ "$(grep -c "eelstream: scan $scan: energy axis: .*: not mapped$" third.err)" -eq 1 ] ||
        { cat third.err; fail "scan $scan was not said to be left out"; }
    [ -e misfits/scan-000$scan ] && fail "scan $scan has a folder"
done
for scan in 2 4; do
    numbers misfits/scan-000$scan 384 0
done
nothing_left

# --- nor does one whose energies nobody knows cost more than itself
went_wrong unknown without -o known --scans 4
for scan in 1 3; do
    says unknown.err "scan $scan: --axis: missing, and feed ipc://$scratch/unknown does not say its energies"
    [ -e known/scan-000$scan ] && fail "scan $scan has a folder"
done
for scan in 2 4; do
    numbers known/scan-000$scan 384 0
done
nothing_left

# --- a scan that was announced and lost all its pixels is named, and the run did not go well
went_wrong nothing lost -o lost --scans 1
says nothing.err "the announcement of a scan cannot be read: 'beam_kev' is no number above 0: not mapped"
says nothing.err "a scan ended before its first pixel: the feed ended it: not mapped"
[ "$(ls lost)" = scan-0001 ] || fail "of one scan there are $(ls lost)"
numbers lost/scan-0001 384 0
nothing_left

# --- a message with more scans than are wanted
started fourth -o two --scans 2 --scan 12x32 --axis 350:0.5
sent fourth triple || fail "the client ended with $?"
wait $run || fail "a run of two scans ended with $?"
wait
[ "$(ls two)" = "scan-0001
scan-0002" ] || fail "of two scans there are $(ls two)"
numbers two/scan-0002 384 0
says fourth.err "of no scan that is wanted (--scans): left out"
nothing_left

# --- a stage that dies says nothing: the listener is told, and goes on
EEL_FAIL=after_recv:2 EEL_FAIL_STAGE=calibrate
export EEL_FAIL EEL_FAIL_STAGE
started fifth -o dead --scans 2
EEL_FAIL=''
sent fifth many || fail "the client ended with $?"
wait $run
[ $? -eq 1 ] || fail "a run in which stages die did not end with 1"
wait
for scan in 1 2; do
    says fifth.err "eelstream: scan $scan: not mapped"
done
nothing_left
exit 0
