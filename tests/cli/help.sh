# Every command says what it does, in a width that fits a screen.
. "$CLI"

expect 0 "$eelstream" --help
[ "$(wc -l <"$out")" -le 40 ] || fail "the help is longer than a screen"
expect 0 "$eelstream" --version
says "$out" "eelstream "
expect 2 "$eelstream"
says "$err" "usage: eelstream"

stages=$(cd "$EEL_BIN" && ls | sed -n 's/^eelstream-//p')
for command in map quantify run slurm worker $stages; do
    expect 0 "$eelstream" "$command" --help
    says "$out" "eelstream $command - "
    says "$out" "usage: eelstream $command"
    [ -s "$err" ] && fail "the help of $command is not all on stdout"
    [ "$(wc -L <"$out")" -le 120 ] || fail "the help of $command is wider than a screen"
    twice=$(grep -o '^ *\(-., \)\? *--[a-z-]*' "$out" | grep -o -- '--.*' | sort | uniq -d)
    [ -z "$twice" ] || fail "the help of $command has $twice twice"
    grep '\].*\]$' "$out" | grep -q '^ ' && fail "the help of $command names two defaults"
    expect 2 "$eelstream" "$command" --no-such-option
    one_line "$err"
    says "$err" "--no-such-option"
done
exit 0
