# A DECTRIS detector, stream version 2, series after series: each image is accounted for.
. "${LIVE%/*}/detector.sh"
series_after_series
odd_appendix
exit 0
