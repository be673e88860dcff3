# hosts - three machines on one: network namespaces with a router between them. Sourced before
# "$FAULTS"; runs the test again in name spaces of its own, so that all is gone with it. What a host sends
# takes DELAY_MS and is lost LOSS_PERCENT of the time (wires.c).
#
#     source: reader, calibrate    10.77.1.1        crew: infer    10.77.2.1
#     sink: aggregate, writer      10.77.3.1
if [ -z "${HOSTS:-}" ]; then
    command -v ip >/dev/null || {
        echo "SKIPPED: 'ip' is not installed (package iproute2)"
        exit 77
    }
    unshare --mount --net true 2>/dev/null || {
        echo "SKIPPED: network name spaces are not permitted here"
        exit 77
    }
    [ -c /dev/net/tun ] || {
        echo "SKIPPED: there is no /dev/net/tun, of which cables are made"
        exit 77
    }
    HOSTS=1
    export HOSTS
    exec unshare --mount --net sh "$0"
fi
. "$FAULTS"
. "${FAULTS%/*}/random.sh"

await() { # WORDS COMMAND…
    words=$1 tries=0
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 600 ] || { cat ./*.err; fail "$words did not happen in time"; }
        sleep 0.1
    done
}

mkdir -p /run/netns
mount -t tmpfs tmpfs /run/netns || fail "no place for name spaces"
sysctl -q -w net.ipv4.ip_forward=1
ip link set lo up
"$EEL_BIN/tests/faults/wires" ${DELAY_MS:-0} ${LOSS_PERCENT:-0} "$seed" source crew sink >wires.out 2>wires.err &
wires=$!
await "the network" grep -q ready wires.out
number=0
for host in source crew sink; do
    number=$((number + 1))
    ip netns add $host || fail "no name space"
    ip link set far-$host name eth0 netns $host || fail "no cable"
    ip addr add 10.77.$number.254/24 dev cable-$host
    ip link set cable-$host up
    ip -n $host addr add 10.77.$number.1/24 dev eth0
    ip -n $host link set lo up
    ip -n $host link set eth0 up
    ip -n $host route add default via 10.77.$number.254
done
for name in server worker; do
    expect 0 "$eelstream" keygen $name
done
mkdir -m 700 allowed
cp worker allowed/
id=00112233445566778899aabbccddeeff

# stage HOST NAME OPTION…: in the background; its number is in $stage.
stage() {
    host=$1 name=$2
    shift 2
    ip netns exec "$host" "$EEL_BIN/eelstream-$name" --run $id --name "$name" "$@" 2>"$name.err" &
    stage=$!
    stages="$stages $stage"
}

# start OUTDIR: the whole pipeline; the reader stops after four blocks, number $reader.
start() {
    outdir=$1
    mkdir "$outdir"
    rm -f stopped link?
    stages=
    stage sink writer --output "$outdir" --in "connect:ipc://$scratch/link4"
    writer=$stage
    stage sink aggregate --store "$outdir/store" --in bind:tcp://10.77.3.1:7003 --out "bind:ipc://$scratch/link4" \
        --keys server_secret --allow allowed
    stage crew infer --in connect:tcp://10.77.1.1:7002 --out connect:tcp://10.77.3.1:7003 --keys worker_secret \
        --server server
    stage source calibrate --in "connect:ipc://$scratch/link1" --out bind:tcp://10.77.1.1:7002 \
        --keys server_secret --allow allowed
    EEL_FAIL=after_send:4:stop EEL_FAIL_ONCE=$scratch/stopped
    export EEL_FAIL EEL_FAIL_ONCE
    stage source reader --input "$phantom" --out "bind:ipc://$scratch/link1"
    reader=$stage
    unset EEL_FAIL EEL_FAIL_ONCE
    await "four blocks of the reader" is_stopped "$reader" # only then: CONT before the stop would be lost
}

# is_running PID: it has not ended, even if nobody has waited for it yet.
is_running() {
    grep -q '^State:.[^Z]' "/proc/$1/status" 2>/dev/null
}

# finish OUTDIR [SECONDS]: the run ends by itself, with the same bytes. With SECONDS, a stage that is there so long
# after the report is ended: its neighbour's last word was lost, and without a launcher nobody else ends it. The
# stages before it, which waited for its own, end with it, by 1.
finish() {
    await "the report" test -e "$1/report.json"
    left_over=
    for pid in $stages; do
        tries=0
        while [ -n "${2-}" ] && is_running "$pid" && [ $tries -lt $((${2-0} * 10)) ]; do
            tries=$((tries + 1))
            sleep 0.1
        done
        expected=0
        [ -n "${2-}" ] && is_running "$pid" && left_over=1 && expected=143 && kill "$pid"
        wait "$pid"
        got=$?
        [ $got -eq 0 ] || [ $got -eq $expected ] || { [ "$left_over" ] && [ $got -eq 1 ]; } || { cat ./*.err; fail "a stage ended with $got"; }
    done
    same_results "$1"
}
