# `eelstream doctor` tells a machine that can do the work from one that cannot, and what to change.
. "$CLI"

mkdir results
expect 0 "$eelstream" doctor results
for what in processor network cores memory limits clock libraries installation "run folder" results; do
    grep -q "^\(ok\|note\)  *$what  " "$out" || fail "says nothing of $what"
done
says "$out" "core-loss-20.h5, 68 classes: "
says "$out" "eelstream can work here"
[ -z "$(ls -A results)" ] || fail "it left something in the folder of the results"
nothing_left

expect 1 "$eelstream" doctor nowhere
says "$out" "BAD   results       nowhere: No such file"
says "$out" "-> make it"
says "$out" "eelstream cannot work here as it is"

expect 2 "$eelstream" doctor --port 99999
one_line "$err"
says "$err" "--port: '99999'"

# too few open files
(ulimit -n 64 && "$eelstream" doctor --json) >"$out" 2>"$err"
[ $? -eq 1 ] || fail "64 open files are enough"
says "$out" '"change": "raise it: ulimit -n 1024"'
says "$out" '"ok": false'

# a copy that lost its stages and models
mkdir alone && cp "$eelstream" "$EEL_BIN/eelstream-doctor" alone
expect 1 alone/eelstream doctor
says "$out" "core-loss.flow: not among the files that came with eelstream"
says "$out" "'reader' is not a stage"

# a port that is taken: /usr/bin/python3 holds one until its input ends
python=/usr/bin/python3
[ -x $python ] || { echo "no python3 to take a port; all else is as it should be"; exit 77; }
mkfifo hold port
$python -c 'import socket, sys
s = socket.socket(); s.bind(("", 0)); s.listen(); print(s.getsockname()[1], flush=True); sys.stdin.read()' \
    <hold >port &
exec 3>hold
read -r taken <port
expect 1 "$eelstream" doctor --port "$taken"
exec 3>&-
wait
grep -q "^BAD   port  *$taken: Address already in use" "$out" || fail "the port $taken is taken"
exit 0
