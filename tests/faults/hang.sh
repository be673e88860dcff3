# A worker that hangs, whatever the reason, is ended and replaced.
. "$FAULTS"

# --- one of two stops with a block in its hands
EEL_FAIL_ONCE=$scratch/once
export EEL_FAIL_ONCE
expect_broken 0 after_recv:1:stop infer map stopped --workers 2 --hang "$HANG_S"
unset EEL_FAIL_ONCE
says "$err" "is silent for $HANG_S s"
says "$err" "died (Killed) and is started again"
same_results stopped
nothing_left

# --- one of two loops for ever: its sockets live, it answers heartbeats and takes what it is sent
EEL_FAIL_ONCE=$scratch/again
export EEL_FAIL_ONCE
expect_broken 0 after_recv:1:spin infer map spins --workers 2 --hang "$HANG_S"
unset EEL_FAIL_ONCE
says "$err" "is silent for $HANG_S s"
says "$err" "died (Killed) and is started again"
same_results spins
nothing_left

# --- a block at which every worker hangs is poison, like one at which every worker dies
expect_broken 1 block_8:1:stop infer map always --workers 2 --hang "$HANG_S"
says "$err" "block 8 (pixels 2048 to 2303) is poison"
says "$err" "256 of 2304 pixels have no value: 256 poison"
expect 0 map always --retry poison
same_results always
nothing_left
exit 0
