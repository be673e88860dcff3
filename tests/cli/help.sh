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
    [ -s "$err" ] && fail "the help of $command is not all on stdout"
    # one process for all that is looked at: this loop is long
    wrong=$(awk -v command="$command" '
        NR == 1 && index($0, "eelstream " command " - ") != 1 { print "does not begin with what it does" }
        index($0, "usage: eelstream " command " ") == 1 { usage = 1 }
        length > 120 { print "is wider than a screen" }
        match($0, /^ *(-., )? *--[a-z-]+/) {
            option = substr($0, RSTART, RLENGTH); sub(/.* /, "", option)
            if (seen[option]++) print "has " option " twice"
            if (/\].*\]$/) print "names two defaults of " option
        }
        END { if (!usage) print "has no usage" }' "$out")
    [ -z "$wrong" ] || fail "the help of $command $wrong"
    expect 2 "$eelstream" "$command" --no-such-option
    read -r words <"$err"
    [ "$(cat "$err")" = "$words" ] || fail "$command: more than one line"
    case $words in *--no-such-option*) ;; *) fail "$command does not name the option" ;; esac
done
exit 0
