# One run whose stages are killed at any moment, by who knows no fail-point; the seed is printed.
# What was cut short goes on until it is whole. Part of bench/soak: no two runs of it are the same.
. "$FAULTS"
. "${FAULTS%/*}/random.sh"

tries=0
until [ -e maps/report.json ]; do
    tries=$((tries + 1))
    [ $tries -le 20 ] || fail "twenty runs did not make a whole one"
    random 3
    "$eelstream" map "$phantom" -o maps --workers $((drawn + 1)) >"$out" 2>"$err" &
    launcher=$!
    random 8
    for kill in $(seq $((tries > 10 ? 0 : drawn))); do
        random 300
        sleep "$(printf '0.%03d' "$drawn")"
        set -- $(cat "/proc/$launcher/task/$launcher/children" 2>/dev/null)
        [ $# -gt 0 ] || break
        random $#
        shift $drawn
        random 5
        how=KILL
        [ $drawn -eq 0 ] && how=STOP
        echo "run $tries: $how $(tr '\000' ' ' <"/proc/$1/cmdline" 2>/dev/null | cut -c 1-20)"
        kill -$how "$1" 2>/dev/null
        if [ $how = STOP ]; then
            random 5
            sleep $drawn
            kill -CONT "$1" 2>/dev/null
        fi
    done
    wait $launcher
    nothing_left
done
if grep -q '"complete": false' maps/report.json; then # a block died three times with its worker
    expect 0 map maps --retry poison
fi
same_results maps
exit 0
