# A network that loses one packet in twenty and takes 50 ms for each.
DELAY_MS=50 LOSS_PERCENT=5
. "$(dirname "$0")/hosts.sh"

start lossy
kill -CONT "$reader"
finish lossy 20
kill "$wires"
wait "$wires" 2>/dev/null
grep -q '[1-9][0-9]* lost' wires.out || fail "nothing was lost"
exit 0
