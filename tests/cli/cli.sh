# cli - the words that command-line tests are written in. Each test starts with: . "$CLI"
#
# A test runs in a folder of its own that is removed at the end; EEL_BIN is where the programs are.
# $out and $err hold what the last command of `expect` wrote.

set -u
scratch=$(mktemp -d "${TMPDIR:-/tmp}/eelcli.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM
mkdir "$scratch/run" "$scratch/bin"
XDG_RUNTIME_DIR=$scratch/run # where a run folder that stays behind would be seen
export XDG_RUNTIME_DIR
out=$scratch/out err=$scratch/err
cd "$scratch" || exit 1
eelstream=$EEL_BIN/eelstream

fail() {
    echo "FAILED: $*"
    [ -f "$out" ] && sed 's/^/  stdout: /' "$out"
    [ -f "$err" ] && sed 's/^/  stderr: /' "$err"
    exit 1
}

# expect STATUS COMMAND…: runs it and checks how it ends.
expect() {
    expected=$1
    shift
    "$@" >"$out" 2>"$err"
    got=$?
    [ "$got" -eq "$expected" ] || fail "$* ended with $got, expected $expected"
}

# says FILE TEXT: the text is in there.
says() {
    grep -qF -- "$2" "$1" || fail "'$2' is not in $1"
}

# one_line FILE: bad input gets one clear line, no more and no less.
# libzmq 4.3.4 now and then aborts a process whose neighbour was killed a moment ago (out_event after an I/O
# error, from its heartbeat timer) and says so: that line is not ours.
one_line() {
    [ "$(grep -vc 'Assertion failed: !_io_error (src/stream_engine_base.cpp' "$1")" -eq 1 ] || fail "$1 is not one line"
}

# fake NAME: a stage that is the script on stdin, beside a copy of the launcher that will find it.
fake() {
    [ -x bin/eelstream ] || cp "$eelstream" bin/eelstream
    [ -d bin/share ] || mkdir -p bin/share/eelstream/models
    { echo '#!/bin/sh'; cat; } >"bin/eelstream-$1"
    chmod +x "bin/eelstream-$1"
}

# nothing_left: no run folder stays, nor any of these processes.
nothing_left() {
    [ -z "$(ls run)" ] || fail "the run folder is still there: $(ls run)"
    for pid in "$@"; do
        kill -0 "$pid" 2>/dev/null && fail "process $pid is still there"
    done
    return 0
}
