# The energy axis follows the spectra: by a zero-loss peak, or by an edge that is known to be there.
. "$LIVE"

# moved SCAN LOW HIGH: the mean shift in its report lies between.
moved() {
    shift_ev=$(sed -n '/"shift_ev"/,/}/s/.*"mean": \([-0-9.]*\).*/\1/p' "$1/report.json")
    awk -v s="$shift_ev" -v low="$2" -v high="$3" 'BEGIN {exit !(s >= low && s <= high && s != "")}' ||
        fail "$1: moved by '$shift_ev' eV, expected $2 to $3"
}

# --- energies that are off by 5 eV, and oxygen is there
expect 0 live replay "$made" --on-overrun drop-newest -o anchored --rate 2000 --offset 5 --anchor O
says "$out" "by O K"
moved anchored/scan-0001 -7 -3
accounted anchored/scan-0001
says anchored/scan-0001/store/store.json '"shift eV"'
says anchored/scan-0001/report.html "energies moved by"
says anchored/scan-0001/report.html "<b>Energy shift</b>"
says anchored/scan-0001/maps.nxs "energy_shift"
says anchored/scan-0001/maps.tif "energy shift (eV)"
nothing_left

# --- energies that are off by 12 eV, and the zero-loss peak is recorded: oxygen is found all the same
expect 0 "$LIVE_TOOL" make 4 32 off.dm4 12
expect 0 live replay off.dm4 --on-overrun drop-newest -o aligned --rate 2000 --align zero-loss
moved aligned/scan-0001 -12.1 -11.9
grep -q "^  O  *K " "$out" || fail "the oxygen was not found"
accounted aligned/scan-0001
nothing_left

# --- what cannot be done is refused
expect 1 live replay "$made" --on-overrun drop-newest -o none --align zero-loss
says "$err" "--align: the energies begin at 350 eV"
expect 1 live replay "$made" --on-overrun drop-newest -o none --anchor C
says "$err" "--anchor: the C K edge"
expect 2 live replay "$made" --on-overrun drop-newest -o none --anchor Unobtainium
says "$err" "no element that the network knows"
nothing_left
exit 0
