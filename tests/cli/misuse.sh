# What cannot work is refused in one line, before anything starts.
. "$CLI"

refused() {
    status=$1 words=$2
    shift 2
    expect "$status" "$eelstream" "$@"
    one_line "$err"
    says "$err" "$words"
}

refused 2 "did you mean 'map'" mpa scan.dm3
refused 2 "'microscope' is no command" microscope
refused 2 "is no command" ../../bin/sh
refused 2 "is no command" --colour

refused 2 "--ofset: no such option; did you mean --offset?" map scan.dm3 --ofset 3
refused 2 "--ofset=3: no such option; did you mean --offset?" map scan.dm3 --ofset=3
refused 2 "--colour: no such option; try 'eelstream map --help'" map scan.dm3 --colour
refused 2 "'mpa' is no command" help mpa
refused 2 "--workers: 400, expected 1 to 256" worker --run-dir there --workers 400
expect 0 "$eelstream" help map
says "$out" "Spectrum image in, one map per element out."

refused 2 "eelstream: 0 operands given" map
refused 1 "none.dm3: No such file" map none.dm3
refused 1 "is a folder" map /
[ ! -e none-maps ] || fail "a refused run made its folder"
: >scan.dm3
refused 2 "--workers" map scan.dm3 --workers 0
refused 2 "--workers" map scan.dm3 --workers many
refused 2 "--formats: 'png,doc' is not a list of hspy," map scan.dm3 --formats png,doc
refused 2 "--formats: '' is not a list of" live replay scan.dm3 --formats ""
[ ! -e scan-maps ] || fail "a refused run made its folder"
mkdir scan-maps
: >scan-maps/report.json
refused 1 "scan-maps: holds results already" map scan.dm3
refused 1 "scan.dm3: is there and is no folder" map scan.dm3 -o scan.dm3

# The low loss of a spectrum image instead of itself: mapped, with a word.
awk 'BEGIN { for (e = -20; e < 280; e++) print e, 1e5 / (1 + e * e) }' >low.txt
expect 0 "$eelstream" map low.txt -o low
says "$err" ": this is a low loss, -20 to 279 eV with the zero-loss peak"
one_line "$err"

refused 1 "none/store: holds no results, expected a folder that" verify none
refused 1 "none: holds no results, expected a folder that" view none
refused 2 "--output: is empty" map scan.dm3 -o ""
refused 2 "--in: missing" calibrate
refused 2 "--in: missing" infer

refused 1 "none.flow: No such file" run none.flow
echo 'reader --input $1' >one.flow
refused 2 "one.flow: names 1 stage" run one.flow
printf 'reader --input $1\nwriter\n' >two.flow
refused 2 "two.flow: uses \$1" run two.flow
refused 2 "expected STAGE.OPTION" run two.flow scan.dm3 force
refused 2 "has no stage 'infer'" run two.flow scan.dm3 infer.batch=1
printf 'source\n\nskin\n' >typo.flow
: | fake source
: | fake sink
eelstream=bin/eelstream
refused 2 "typo.flow:3: 'skin' is not a stage; did you mean 'sink'?" run typo.flow
refused 1 "'info' is not installed here: there is no program eelstream-info" info scan.dm3
nothing_left
