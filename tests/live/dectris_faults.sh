# A DECTRIS detector to which one connects late, or not alone; one that stops; and misuse.
. "${LIVE%/*}/detector.sh"

# --- connected while a series is on: what comes of it is of no scan; then one that is whole
detected late 0 --scans 1 --scan 12x32 --axis 350:0.5
says "$err" "the last for being of no scan: image 128 of series 3, whose start did not come here"
numbers late/scan-0001 384 0

# --- connected when the rest of an aborted series waits there, and the next is armed
detected left 0 --scans 1 --scan 12x32 --axis 350:0.5
says "$err" "the last for being of no scan: image 100 of series 5, whose start did not come here"
says "$err" "series 6 is armed: 384 images"
numbers left/scan-0001 384 0

# --- a second program at the same detector, which takes the start of one series and half of the images of each
detected shared 1 --scans 1 --scan 12x32 --axis 350:0.5 --stall 6
says "$err" "only one image in 2 of series 2 comes here: another program is connected to ipc://$scratch/detector and takes the others"
says "$err" "only one image in 2 of series 3 comes here: another program is connected to ipc://$scratch/detector and takes the others"
numbers shared/scan-0001 192 192

# --- images in another order
detected turned 1 --scans 1 --scan 12x32 --axis 350:0.5
says "$err" "scan 1: 32 frames came after later ones; they are left out"
says "$err" "series 4: 32 images between others did not come when it was their turn, 32 came after later ones or twice"
numbers turned/scan-0001 320 64

# --- too few images for the scan, and then nothing comes
detected silent 1 --scans 1 --scan 12x32 --axis 350:0.5 --stall 6
says "$err" "the source announces 100 frames, --scan 12x32 with --flyback 0 needs 384"
says "$err" "scan 1 ended 320 pixels early: nothing came for 6 s"
numbers silent/scan-0001 64 320

# --- rows that are not there; nobody at the address
detected silent 2 --scans 1 --axis 350:0.5 --rows 8:11
says "$err" "--rows: 8:11, but the images have 10 rows"
expect 2 live dectris nowhere --on-overrun drop-newest -o none
says "$err" "nowhere: expected tcp://HOST:PORT or ipc://PATH"
expect 2 live dectris ipc://x --on-overrun drop-newest -o none --rows 9:9
says "$err" "--rows: '9:9' is not A:B"

# --- nobody is there, and then the user gives up
mkfifo words
"$eelstream" live dectris tcp://127.0.0.1:1 --on-overrun drop-newest -o none >"$out" 2>words &
run=$!
exec 8<words # held open until the end, for what is said after the line that is waited for
grep -m1 "nobody answers at tcp://127.0.0.1:1 yet" <&8 >"$err" || fail "it is not said that nobody answers"
kill -INT $run
wait $run
status=$?
cat <&8 >>"$err"
[ $status -eq 0 ] || fail "a run in which nothing came, and nothing was lost, ended with $status"
[ -e none ] && fail "a run in which nothing came left its folder"
nothing_left
exit 0
