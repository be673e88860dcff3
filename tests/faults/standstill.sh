# A worker on another machine that stops for good while more is on its way to it than its connection
# holds: ZeroMQ beats no heart then, and the kernel there goes on answering. Its blocks go to the other.
. "$FAULTS"

stages=$EEL_BIN/tests/stages
address=127.78.$(($$ / 250 % 250)).$(($$ % 250 + 1)) # of this test alone
up=tcp://$address:7001 down=tcp://$address:7002
blocks=16 rows=1048576 # of 8 MiB: twice the window, and more than a connection holds in the first
pixels=$((blocks * rows))

count= total= stands= works=
trap 'kill -9 $count $total $stands $works 2>/dev/null; rm -rf "$scratch"' EXIT
"$stages"/eelstream-count --blocks $blocks --rows $rows --out bind:$up --insecure-tcp --credit 64M 2>count.err &
count=$!
"$stages"/eelstream-total --in bind:$down --insecure-tcp --credit 64M >total.out 2>total.err &
total=$!
full() {
    [ "$(peak_kib $count)" -gt 65536 ]
}
until_true full # so that the first worker gets its blocks at once, before any heartbeat
EEL_FAIL=after_recv:1:stop "$stages"/eelstream-twice --name stands --in connect:$up --out connect:$down \
    --insecure-tcp --credit 64M 2>stands.err &
stands=$!
until_true is_stopped $stands # with the whole window of the source: nobody else is there
"$stages"/eelstream-twice --name works --in connect:$up --out connect:$down --insecure-tcp --credit 64M 2>works.err &
works=$!

wait $total || fail "the sink failed: $(cat total.err)"
wait $count || fail "the source failed: $(cat count.err)"
wait $works || fail "the worker failed: $(cat works.err)"
is_stopped $stands || fail "the worker that stands still has ended"
[ "$(cat total.out)" = "$pixels $((pixels * (pixels - 1)))" ] ||
    fail "$(cat total.out), expected $pixels $((pixels * (pixels - 1)))"
exit 0
