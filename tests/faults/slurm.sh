# On a cluster: Slurm itself, with three nodes that are all this machine. Workers are killed, requeued
# and cancelled, the head is requeued, and the maps have the same bytes. Debian's packages are
# installed if they are not there; daemons, keys and state live in the test's folder and end with it.
. "$FAULTS"

skip() {
    echo "SKIPPED: $*"
    exit 77
}
[ "$(id -u)" -eq 0 ] || skip "Slurm's daemons need root"
command -v apt-get >/dev/null || command -v slurmctld >/dev/null || skip "Slurm cannot be installed here: no apt-get"
if ! command -v slurmctld >/dev/null || ! command -v slurmd >/dev/null || ! command -v munged >/dev/null; then
    { timeout 20 apt-get update -qq
        DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -y -qq --no-install-recommends \
            -o DPkg::Lock::Timeout=60 slurm-wlm munge; } >apt.log 2>&1 ||
        { tail -3 apt.log; skip "slurm-wlm and munge cannot be installed here"; }
fi

# --- three nodes on one machine
host=$(hostname -s)
base=$((20000 + $$ % 20000))
mkdir -m 700 munge state spool
dd if=/dev/urandom of=munge/key bs=1024 count=1 2>/dev/null
chmod 400 munge/key
cat >slurm.conf <<CONF
ClusterName=eelstream
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$scratch/munge/socket
CredType=cred/munge
SlurmctldPort=$base
SlurmctldPidFile=$scratch/slurmctld.pid
SlurmctldLogFile=$scratch/slurmctld.log
StateSaveLocation=$scratch/state
SlurmdPidFile=$scratch/%n.pid
SlurmdLogFile=$scratch/%n.log
SlurmdSpoolDir=$scratch/spool/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SwitchType=switch/none
MpiDefault=none
SchedulerParameters=sched_interval=1
ReturnToService=2
KillWait=2
MailProg=/bin/true
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((base + 1)) CPUs=1
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((base + 2)) CPUs=1
NodeName=n3 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((base + 3)) CPUs=1
PartitionName=all Nodes=ALL Default=YES State=UP
CONF
SLURM_CONF=$scratch/slurm.conf
export SLURM_CONF
stop_all() {
    scancel --quiet --user=root --signal=KILL --full 2>/dev/null
    scancel --quiet --user=root 2>/dev/null
    for pid in "$scratch"/n?.pid "$scratch"/slurmctld.pid "$scratch"/munge/pid; do
        [ -s "$pid" ] && kill "$(cat "$pid")" 2>/dev/null && tail --pid="$(cat "$pid")" -f /dev/null
    done
    # what the nodes had started, and only that: their programs have this test's folder as argument
    for process in /proc/[0-9]*; do
        grep -qsF "$scratch/cluster" "$process/cmdline" && kill -9 "${process#/proc/}" 2>/dev/null
    done
    rm -rf "$scratch"
}
trap 'stop_all' EXIT
munged --force --key-file="$scratch/munge/key" --socket="$scratch/munge/socket" --pid-file="$scratch/munge/pid" \
    --log-file="$scratch/munge/log" --seed-file="$scratch/munge/seed" >munge.out 2>&1 || fail "munged: $(cat munge.out)"
slurmctld >ctld.out 2>&1 || fail "slurmctld: $(cat ctld.out slurmctld.log)"
for node in n1 n2 n3; do
    slurmd -N $node >$node.out 2>&1 || fail "slurmd $node: $(cat $node.out $node.log)"
done

# await WORDS COMMAND…: until the command succeeds.
await() {
    words=$1 tries=0
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 600 ] || {
            squeue 2>&1
            tail -n 20 ./*.log cluster/slurm/*.log
            fail "$words did not happen in time"
        }
        sleep 0.2
    done
}
idle() { [ "$(sinfo -h -N -o %T | grep -c idle)" -eq 3 ]; }
runs() { squeue -h -j "$1" -o %T | grep -q RUNNING; }
waits() { squeue -h -j "$1" -o %T | grep -q PENDING; }
gone() { [ -z "$(squeue -h -j "$1" 2>/dev/null)" ]; }
stand_still() { # so many processes that infer
    count=0
    for process in /proc/[0-9]*; do
        grep -qsa "^eelstream infer" "$process/cmdline" && grep -qsF "$scratch/cluster" "$process/cmdline" &&
            grep -qs "^State:.T" "$process/status" && count=$((count + 1))
    done
    [ $count -eq "$1" ]
}
# A requeued job waits two minutes, unless it is told not to. In the second of its requeue its node would refuse it.
again() {
    scontrol requeue "$1" || fail "$1 cannot be requeued"
    await "the requeue of $1" waits "$1"
    scontrol update JobId="$1" StartTime=now+2 || fail "$1 cannot be started"
    await "$1 runs again" runs "$1"
}
await "three nodes" idle

# --- two workers, each of which stops for ever at its third block: the run cannot end with them
expect 0 env EEL_FAIL=after_recv:3:stop EEL_FAIL_STAGE=infer "$eelstream" slurm "$phantom" -o cluster \
    --workers 2 --json -- --listen 127.0.0.1
head=$(sed -n 's/ *"head": "\(.*\)",*/\1/p' "$out")
workers=$(sed -n 's/ *"workers": "\(.*\)",*/\1/p' "$out")
# The first may have got every block there is: it is given up, and its blocks go to the other.
await "the stop of both workers" stand_still 2
before=$(cat cluster/run/run.json)

# --- one is requeued, the other is cancelled, the first is killed
again "${workers}_1"
scancel "${workers}_2"
await "the end of worker 2" gone "${workers}_2"
scancel --signal=KILL --full "${workers}_1"
await "the end of worker 1" gone "${workers}_1"
[ ! -e cluster/report.json ] || fail "the run ended without workers"

# --- the head is requeued, in the middle
again "$head"
await "the word of the new head" sh -c "grep -qs runs cluster/run/run.json"
[ "$(cat cluster/run/run.json)" != "$before" ] || fail "the new head is the old one"

# --- a worker that comes late does the rest
expect 0 sbatch --parsable --output="$scratch/late.log" cluster/slurm/worker.sh
late=$(cat "$out")
await "the end of the head" gone "$head"
await "the end of the last worker" gone "$late"
same_results cluster
says cluster/store/end.json '"pixels"'
exit 0
