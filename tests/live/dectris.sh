# A DECTRIS detector, stream version 2, series after series: each image is accounted for.
. "${LIVE%/*}/detector.sh"

detected series 1 --scans 5
cp "$err" said
says said "connected to ipc://$scratch/detector: the detector can be armed"
says said "series 7 is armed: 384 images"
says said "messages were thrown away, the last for"
says said "scan 3 ended 284 pixels early: series 11 was armed"
says said "series 11: 10 images between others did not come"
says said "scan 5 ended 320 pixels early: the detector ended series 12"
numbers series/scan-0001 384 0
numbers series/scan-0002 384 0
numbers series/scan-0003 100 284
numbers series/scan-0004 374 10
numbers series/scan-0005 64 320

exit 0
