# Connections that are reset in the middle of a block: those that bring blocks to a worker and those that
# take its results away. What was under way is sent again, and every number arrives once.
. "$FAULTS"

stages=$EEL_BIN/tests/stages
address=127.79.$(($$ / 250 % 250)).$(($$ % 250 + 1)) # of this test alone
blocks=200 rows=16384 # of 128 KiB
bytes=200000          # one and a half of them
pixels=$((blocks * rows))

pids=
trap 'kill -9 $pids 2>/dev/null; rm -rf "$scratch"' EXIT
"$stages"/eelstream-count --blocks $blocks --rows $rows --out bind:tcp://$address:7001 --insecure-tcp 2>count.err &
count=$!
"$stages"/eelstream-total --in bind:tcp://$address:7002 --insecure-tcp >total.out 2>total.err &
total=$!
for link in 1 2; do # a third time would make a block poison (proto/wire.md, W36)
    "$EEL_BIN/tests/faults/reset" $address:800$link $address:700$link $bytes 2 >reset$link.out 2>reset$link.err &
    pids="$pids $!"
done
"$stages"/eelstream-twice --in connect:tcp://$address:8001 --out connect:tcp://$address:8002 --insecure-tcp \
    2>twice.err &
twice=$!
pids="$pids $count $total $twice"

wait $total || fail "the sink failed: $(cat total.err)"
wait $count || fail "the source failed: $(cat count.err)"
wait $twice || fail "the worker failed: $(cat twice.err)"
[ "$(cat total.out)" = "$pixels $((pixels * (pixels - 1)))" ] ||
    fail "$(cat total.out), expected $pixels $((pixels * (pixels - 1)))"
for link in 1 2; do
    says reset$link.out "reset 2"
done
exit 0
