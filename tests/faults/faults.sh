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

# no_progress: takes the lines of progress that a slow run leaves from stderr.
no_progress() {
    sed -i '/^map \[/d' "$err"
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
