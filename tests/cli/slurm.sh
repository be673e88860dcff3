# Jobs are submitted to a Slurm that is a few lines of shell; tests/faults/slurm.sh has the real one.
. "$CLI"

: >scan.dm3
PATH=$scratch/bin:$PATH
submits() {
    { echo '#!/bin/sh'; cat; } >bin/sbatch
    chmod +x bin/sbatch
}

# --- the number is the first line, however much else a site's own sbatch says
submits <<'END'
echo "77;cluster"
head -c 200000 /dev/zero | tr '\0' '\n' || exit 1
END
expect 0 "$eelstream" slurm scan.dm3 -o maps --workers 2
says "$out" "job 77 is the head, 77 its 2 workers; scancel 77 77 ends them"

# --- a folder's own % is none of the symbols that sbatch fills in
submits <<'END'
echo "$@" >>asked
echo 78
END
expect 0 "$eelstream" slurm scan.dm3 -o 50%j --workers 2
says asked "/50%%j/slurm/head-%j.log"
says asked "/50%j/slurm/head.sh"

# --- a job that is refused
submits <<'END'
echo "sbatch: error: no such partition" >&2
exit 1
END
expect 1 "$eelstream" slurm scan.dm3 -o maps
says "$err" "sbatch: refused the job, see above"
exit 0
