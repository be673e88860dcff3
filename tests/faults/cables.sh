# Machines that lose their network for five seconds while blocks are on their way: the worker's and
# the sink's. Each is a network namespace, and its cable is taken out.
. "$(dirname "$0")/hosts.sh"

for cut in crew sink; do
    start "$cut-cut"
    ip link set cable-$cut down
    kill -CONT "$reader" # the rest of the blocks, or of the results, goes into the dead cable
    sleep 5
    [ ! -e "$cut-cut/report.json" ] || fail "the run ended without its cable"
    ip link set cable-$cut up
    finish "$cut-cut"
done
exit 0
