# Keys for tcp: made once, private, and never replaced by accident.
. "$CLI"

expect 0 "$eelstream" keygen lab
[ "$(stat -c %a lab_secret)" = 600 ] || fail "the secret has mode $(stat -c %a lab_secret)"
key=$(sed -n 's/.*public-key = "\(.*\)"/\1/p' lab)
[ ${#key} -eq 40 ] || fail "'$key' is no key"
says "$out" "$key"
says lab_secret "$key"
grep -q secret-key lab && fail "the public certificate holds a secret"
grep -qF "$(sed -n 's/.*secret-key = "\(.*\)"/\1/p' lab_secret)" "$out" && fail "the secret is printed"

expect 1 "$eelstream" keygen lab
one_line "$err"
says "$err" "lab: is there; --force replaces it"
says lab "$key"
expect 0 "$eelstream" keygen lab --force --json
says "$out" '"secret": "lab_secret"'
grep -qF "$key" lab && fail "--force kept the old key"
expect 1 "$eelstream" keygen nowhere/lab
one_line "$err"

# --- what every stage refuses before it opens a socket
refused() {
    status=$1 words=$2
    shift 2
    expect "$status" "$eelstream" infer "$@"
    one_line "$err"
    says "$err" "$words"
}
tcp=tcp://127.0.0.1:9
refused 2 "--in: '$tcp' needs --keys and --server, or --insecure-tcp" --in connect:$tcp
refused 2 "needs --keys and --allow" --in connect:ipc://a --out bind:tcp://127.0.0.1:* --keys lab_secret
refused 2 "does not go with --keys" --in connect:$tcp --insecure-tcp --keys lab_secret
refused 2 "--status: '$tcp' needs --insecure-tcp" --in connect:ipc://a --status $tcp
refused 1 "lab: has mode 0644, so that others may read it" --in connect:$tcp --keys lab --server lab
chmod 600 lab
refused 1 "lab: has no secret-key" --in connect:$tcp --keys lab --server lab
exit 0
