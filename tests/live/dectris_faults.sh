# A DECTRIS detector to which one connects late, or not alone; one that stops; and misuse.
. "${LIVE%/*}/detector.sh"

# --- connected while a series is on
detected late 1 --scans 1 --scan 12x32 --axis 350:0.5
says "$err" "series 3 was on already when its first message came here: image 128"
numbers late/scan-0001 256 128

# --- a second program at the same detector
detected shared 1 --scans 1 --scan 12x32 --axis 350:0.5 --stall 2
says "$err" "another program is connected to ipc://$scratch/detector and takes the others"
numbers shared/scan-0001 192 192

# --- too few images for the scan, and then nothing comes
detected silent 1 --scans 1 --scan 12x32 --axis 350:0.5 --stall 2
says "$err" "the source announces 100 frames, --scan 12x32 with --flyback 0 needs 384"
says "$err" "scan 1 ended 320 pixels early: nothing came for 2 s"
numbers silent/scan-0001 64 320

# --- rows that are not there; nobody at the address
detected silent 2 --scans 1 --axis 350:0.5 --rows 8:11
says "$err" "--rows: 8:11, but the images have 10 rows"
expect 2 live dectris nowhere --on-overrun drop-newest -o none
says "$err" "nowhere: expected tcp://HOST:PORT or ipc://PATH"
expect 2 live dectris ipc://x --on-overrun drop-newest -o none --rows 9:9
says "$err" "--rows: '9:9' is not A:B"
nothing_left
exit 0
