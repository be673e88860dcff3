# A source that is always faster than its sink, over tcp with CURVE: 240 MB go through windows of a few
# blocks, and of many. Every number arrives once. (jeromq#1009 shows how encryption can lose messages then.)
. "$CLI"

stages=$EEL_BIN/tests/stages
address=127.77.$(($$ / 250 % 250)).$(($$ % 250 + 1)) # of this test alone
blocks=1800 rows=16384
pixels=$((blocks * rows))
for name in server worker stranger; do
    expect 0 "$eelstream" keygen $name
done
mkdir -m 700 allowed
cp worker allowed/

for credit in 1M 64M; do
    up=tcp://$address:7001 down=tcp://$address:7002
    "$stages"/eelstream-count --blocks $blocks --rows $rows --out bind:$up --credit $credit \
        --keys server_secret --allow allowed 2>count.err &
    count=$!
    "$stages"/eelstream-total --in bind:$down --credit $credit --keys server_secret --allow allowed \
        >total.out 2>total.err &
    total=$!
    for worker in 1 2; do
        "$stages"/eelstream-twice --name twice.$worker --in connect:$up --out connect:$down --credit $credit \
            --keys worker_secret --server server 2>twice.$worker.err &
    done
    # meanwhile somebody who may not come tries and tries
    "$stages"/eelstream-twice --name stranger --in connect:$up --out connect:$down --keys stranger_secret \
        --server server 2>stranger.err
    [ $? -eq 1 ] || fail "the stranger was not refused"
    wait $total || fail "the sink failed: $(cat total.err)"
    wait $count || fail "the source failed: $(cat count.err)"
    wait
    [ "$(cat total.out)" = "$pixels $((pixels * (pixels - 1)))" ] ||
        fail "$(cat total.out), expected $pixels $((pixels * (pixels - 1)))"
    says stranger.err "is not on the list there"
done
exit 0
