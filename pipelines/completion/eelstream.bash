# Bash completion for eelstream. It asks the command itself (--complete), so that it offers exactly
# what is installed: a line is WORD, LETTER, NAME OF THE VALUE, HELP, with tabs between them.
_eelstream()
{
    local command=${COMP_WORDS[0]/#\~\//$HOME/} stage=${COMP_WORDS[1]}
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}

    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "$("$command" --complete 2>/dev/null | cut -f1) --help --version" -- "$word"))
    elif [[ $word == -* ]]; then
        # the value of an option may begin with a dash, too: then there is nothing to offer
        "$command" "$stage" --complete 2>/dev/null |
            awk -F '\t' -v o="$before" '($1 == o || $2 == o) && $3 != "" { found = 1 } END { exit !found }' &&
            return
        COMPREPLY=($(compgen -W "$("$command" "$stage" --complete 2>/dev/null | cut -f1)" -- "$word"))
    fi
}
complete -o default -F _eelstream eelstream # anything else is a file
