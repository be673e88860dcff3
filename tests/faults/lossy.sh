# A network that loses one packet in twenty and takes 50 ms for each.
. "$(dirname "$0")/hosts.sh"

for host in source crew sink; do
    tc -n $host qdisc add dev eth0 root netem loss 5% delay 50ms 2>/dev/null || {
        echo "SKIPPED: this kernel has no netem, which loses and delays packets"
        exit 77
    }
done
start lossy
kill -CONT "$reader"
finish lossy
exit 0
