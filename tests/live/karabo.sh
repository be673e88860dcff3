# A Karabo bridge, simulated with Debian's Python: train after train, each spectrum accounted for.
. "$LIVE"

python=/usr/bin/python3 bridge=${LIVE%/*}/karabo.py
[ -x $python ] || { echo "SKIPPED: no /usr/bin/python3 is there"; exit 77; }
$python "$bridge" || exit $?
expect 0 "$eelstream" convert "$made" scan.npy

# bridged SCENE FOLDER STATUS OPTION…: a live run of that scene
bridged() {
    scene=$1 folder=$2 status=$3
    shift 3
    mkfifo beam # until the run is over
    timeout 250 $python "$bridge" "ipc://$scratch/bridge" scan.npy "$scene" <beam &
    sender=$!
    exec 9>beam
    expect "$status" live karabo "ipc://$scratch/bridge" --on-overrun drop-newest -o "$folder" --axis 350:0.5 "$@"
    exec 9>&-
    [ "$status" -eq 2 ] && kill $sender
    wait $sender || [ "$status" -eq 2 ] || fail "the bridge ended with $?"
    rm beam
    nothing_left
}

bridged trains trains 1 --scans 2 --scan 12x32 --signal "SPEC_EXP/DET/EELS:daqOutput data.spectra"
says "$err" "connected to ipc://$scratch/bridge"
says "$err" "messages were thrown away, the last for"
numbers trains/scan-0001 384 0
numbers trains/scan-0002 364 20

# --- images, the only array there is; then nothing comes
bridged images images 1 --scans 2 --scan 12x32 --rows 1:9 --stall 6
says "$err" "lost ipc://$scratch/bridge"
says "$err" "scan 1 ended 184 pixels early: the next one began"
says "$err" "scan 2 ended 320 pixels early: nothing came for 6 s"
numbers images/scan-0001 200 184
numbers images/scan-0002 64 320

# --- an answer without its envelope is thrown away, and its train is a gap
bridged bare bare 1 --scans 1 --scan 12x32 --signal "SPEC_EXP/DET/EELS:daqOutput data.spectra"
says "$err" "an answer that does not begin with an empty frame"
numbers bare/scan-0001 380 4

# --- which of two arrays?
bridged trains none 2 --scan 12x32
says "$err" "--signal: missing, and the bridge sends 2 arrays: 'SPEC_EXP/CAM/SAMPLE image.data', 'SPEC_EXP/DET/EELS:daqOutput data.spectra'"

# --- energies that no train will ever say
expect 2 live karabo "ipc://$scratch/bridge" --on-overrun drop-newest -o none --scan 12x32
one_line "$err"
says "$err" "--axis: missing, and a Karabo bridge does not say its energies"
exit 0
