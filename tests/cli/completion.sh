# The shell completes commands, options and files.
. "$CLI"

completion=$(dirname "$CLI")/../../pipelines/completion
command -v bash >/dev/null || { echo "no bash here"; exit 77; }

# offered WORD… : what bash would offer for the last of these words.
offered() {
    bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _eelstream
             printf "%s\n" "${COMPREPLY[@]}"' "$completion/eelstream.bash" "$eelstream" "$@" >"$out"
}

offered ""
for command in map run train $(cd "$EEL_BIN" && ls | sed -n 's/^eelstream-//p'); do
    grep -qx "$command" "$out" || fail "the command $command is not offered"
done
offered ma
[ "$(cat "$out")" = map ] || fail "'ma' is not completed to map"
offered map --disp
[ "$(cat "$out")" = --dispersion ] || fail "'--disp' is not completed to --dispersion"
offered map --
help=$("$eelstream" map --help | sed -n 's/^ *\(-., *\)\{0,1\}\(--[a-z-]*\).*/ \2/p' | sort)
[ "$(sed 's/^/ /' "$out" | sort)" = "$help" ] || fail "other options than --help lists"
offered map --output -
[ -z "$(cat "$out")" ] || fail "an option is offered where a folder is expected"
offered map sca
[ -z "$(cat "$out")" ] || fail "something else than files is offered for an operand"

command -v zsh >/dev/null || { echo "bash completes; no zsh here"; exit 77; }
expect 0 zsh -n "$completion/_eelstream"
# _describe is what zsh shows; here it prints
cat >ask.zsh <<'END'
_describe() { print -l -- "${(@P)2}" }
_call_program() { shift; "$@" }
_files() { print FILES }
words=("${@[2,-1]}") CURRENT=$(($# - 1))
source "$1"
END
expect 0 zsh -f ask.zsh "$completion/_eelstream" "$eelstream" ""
says "$out" "map:spectrum image in"
expect 0 zsh -f ask.zsh "$completion/_eelstream" "$eelstream" map --
says "$out" "--dispersion:"
expect 0 zsh -f ask.zsh "$completion/_eelstream" "$eelstream" map scan
says "$out" FILES
