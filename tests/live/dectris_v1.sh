# A DECTRIS detector, stream version 1: series after series, and connected late.
. "${LIVE%/*}/detector.sh"
version=1
series_after_series

detected late 1 --scans 1 --scan 12x32 --axis 350:0.5
says "$err" "series 3 was on already when its first message came here: image 128"
numbers late/scan-0001 256 128
exit 0
