# The commands in a Markdown file, one a line: LINE <tab> MARK <tab> COMMAND (MARK: "run" or one of those below).
#
# A command is a line of an indented or fenced block that begins with one of the programs below.
# What follows two or more blanks is an explanation. A comment before a block says what is special
# about the commands in it, up to the next block or heading:
#     <!-- fails -->     it is to end with status 1 or 2
#     <!-- long -->      it takes minutes, or installs things: counted, printed, not run
#     <!-- elsewhere --> it needs what this machine lacks (a second machine, a detector): likewise

function emit(text) {
    sub(/^ +/, "", text)
    sub(/^\$ /, "", text)
    if (text !~ /^(build\/(release|dev|package)\/)?(eelstream|ctest|cmake|cpack)( |$)|^(\.\/quickstart|tests\/[a-z]+\/|bench\/|\/usr\/bin\/python3 |python3 )/)
        return
    sub(/   *[^ ].*$/, "", text) # the explanation
    sub(/ +#.*$/, "", text)
    print NR "\t" (mark ? mark : "run") "\t" text
}

/^<!-- (fails|long|elsewhere) -->$/ { mark = $2; marked = NR; next }
/^```/ { fenced = !fenced; if (!fenced) mark = ""; next }
fenced { emit($0); next }
/^    / { emit($0); next }
/^#/ || (NF && NR > marked + 1) { mark = "" } # text ends what a mark is about
