# A DECTRIS detector, stream version 1: series after series, and connected late.
. "${LIVE%/*}/detector.sh"
version=1
series_after_series
odd_appendix

detected late 0 --scans 1 --scan 12x32 --axis 350:0.5
says "$err" "the last for being of no scan: image 128 of series 3, whose start did not come here"
numbers late/scan-0001 384 0
exit 0
