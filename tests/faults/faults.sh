# faults - words for tests of faults, on top of those of cli.sh. Each test starts with: . "$FAULTS"
#
# $phantom is a spectrum image of 9 blocks and $whole the results of its undisturbed run, both made
# by undisturbed.sh.

. "$CLI"
ls "$EEL_BIN"/share/eelstream/models/*.h5 >/dev/null 2>&1 || {
    echo "SKIPPED: no trained network is there"
    exit 77
}
phantom=$MADE/phantom.hspy whole=$MADE/whole

# map OUTDIR OPTION…: a run with one worker, unless told otherwise; the last of an option counts.
map() {
    outdir=$1
    shift
    "$eelstream" map "$phantom" -o "$outdir" --workers 1 "$@"
}

# broken POINT STAGE COMMAND…: the command, in which STAGE dies at the fail-point POINT.
broken() {
    point=$1 victim=$2
    shift 2
    EEL_FAIL=$point EEL_FAIL_STAGE=$victim "$@"
    ended=$?
    return $ended
}

# expect_broken STATUS POINT STAGE COMMAND…
expect_broken() {
    expected=$1
    shift
    broken "$@" >"$out" 2>"$err"
    got=$?
    [ "$got" -eq "$expected" ] || fail "$*: ended with $got, expected $expected"
    no_progress
}

# until_true COMMAND…: waits for the command to be true: a process gets somewhere and nobody is told.
until_true() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ $tries -lt 3000 ] || fail "this did not come true in five minutes: $*"
        sleep 0.1
    done
}

# stage_of LAUNCHER NAME: the process of that stage of a run, in $pid; false when it is not there.
stage_of() {
    for pid in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
        tr '\000' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q -- "--name $2 " && return 0
    done
    return 1
}

# is_stopped PID: it has been given SIGSTOP.
is_stopped() {
    grep -q '^State:.T' "/proc/$1/status" 2>/dev/null
}

# has_stopped LAUNCHER NAME: that stage has come to its fail-point; its process is in $pid.
has_stopped() {
    stage_of "$1" "$2" && is_stopped "$pid"
}

# peak_kib PID: the most memory it has had.
peak_kib() {
    sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status"
}

# by_hand STAGE OUTDIR OPTION…: one stage of a run without a launcher; its process is $!.
by_hand() {
    name=$1 stage=${1%.*} outdir=$2
    shift 2
    link=ipc://$scratch/$outdir-link
    case $stage in
    reader) set -- --input "$phantom" --out "bind:${link}1" "$@" ;;
    calibrate) set -- --in "connect:${link}1" --out "bind:${link}2" "$@" ;;
    infer) set -- --in "connect:${link}2" --out "connect:${link}3" \
        --model "$EEL_BIN/share/eelstream/models/core-loss-20.h5" "$@" ;;
    aggregate) set -- --in "bind:${link}3" --out "bind:${link}4" --store "$outdir/store" "$@" ;;
    writer) set -- --in "connect:${link}4" --output "$outdir" "$@" ;;
    esac
    "$EEL_BIN/eelstream-$stage" "$@" --name "$name" 2>>"$outdir.words" &
}

# no_progress: takes the lines of progress that a slow run leaves from stderr.
no_progress() {
    sed -i '/^map \(\[\|starts\)/d' "$err"
}

# same_results OUTDIR: the same bytes as those of the undisturbed run, and a proof of them.
same_results() {
    for file in store/values store/states store/sums maps.hspy maps.tif; do
        cmp "$whole/$file" "$1/$file" || fail "$file of $1 differs from the undisturbed run"
    done
    expect 0 "$eelstream" verify "$1"
}

# goes_on OUTDIR OPTION…: the same command again completes the run.
goes_on() {
    expect 0 map "$@"
    no_progress
    [ -s "$err" ] && fail "going on has words on stderr"
    same_results "$1"
    nothing_left
}

# nothing_half_written OUTDIR: what was written in part has no name that anybody could take for a result.
nothing_half_written() {
    for file in "$1"/*; do
        case ${file##*/} in
        store | "*") ;;
        *) fail "a run that was cut short left $file" ;;
        esac
    done
}
