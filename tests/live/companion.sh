# Dual EELS: a feed carries low-loss spectra beside the core losses, and each pixel is moved by its own.
. "$LIVE"

python=/usr/bin/python3 client=${LIVE%/*}/feed.py document=${LIVE%/tests/*}/docs/live.md
[ -x $python ] || { echo "SKIPPED: no /usr/bin/python3 is there"; exit 77; }
$python "$client" "$document" - - try || exit $?
expect 0 "$eelstream" convert "$made" scan.npy

# fed SCENE OUTDIR OPTION…: a live run with that client
fed() {
    scene=$1 folder=$2
    shift 2
    timeout 250 $python "$client" "$document" "ipc://$scratch/feed" scan.npy "$scene" &
    sender=$!
    expect 0 live feed "ipc://$scratch/feed" --on-overrun drop-newest -o "$folder" --scans 1 "$@"
    cp "$out" said
    wait $sender || fail "the client ended with $?"
    accounted "$folder/scan-0001"
    nothing_left
}

# values CLAIM EXPRESSION: of every and lost, the stores' rows as (row, column, class)
values() {
    $python - "$2" <<'EOF' || fail "$1"
import json, os, sys, numpy
def store(folder):
    about = json.load(open(folder + "/scan-0001/store/store.json"))
    return numpy.fromfile(folder + "/scan-0001/store/values", "<f4").reshape(12, 32, about["classes"])
every, lost = store("every"), store("lost") if os.path.exists("lost") else None
same = lambda a, b: numpy.array_equal(a, b, equal_nan=True)
sys.exit(not eval(sys.argv[1]))
EOF
}

fed companion every --align zero-loss
says said "energies moved by -12.0 eV (-12.0 to -12.0), by zero-loss beside it"
grep -q "^  O  *K " said || fail "the oxygen was not found"
values "a pixel was not moved by -12 eV" 'abs(every[..., -1] + 12).max() < 0.05'

# --- where it was lost, or shows no peak: moved like the one before, and marked
fed companion_lost lost --align zero-loss
values "what was not measured has a shift" 'numpy.isnan(lost[[0, 5, 7], :, -1]).all()'
values "what was measured has none" 'same(lost[[1, 2, 3, 4, 6, 8, 9, 10, 11]], every[[1, 2, 3, 4, 6, 8, 9, 10, 11]])'
values "rows without a peak were not moved like those before" 'same(lost[[5, 7], :, :-1], every[[5, 7], :, :-1])'
values "the first row was moved" 'not same(lost[0, :, :-1], every[0, :, :-1])'

# --- through a spool too
fed companion spooled --align zero-loss --on-overrun "spool $scratch/spool 1G"
says said "energies moved by -12.0 eV (-12.0 to -12.0), by zero-loss beside it"

# --- nobody asked for it: as if it were not there
fed companion plain --axis 350:0.5
as_offline plain/scan-0001
[ "$valued" -eq $pixels ] || fail "$valued pixels, expected $pixels"
exit 0
