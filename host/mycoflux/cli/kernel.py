"""Which kernel a board runs, and which failed there: told alike by every command that connects to one."""

from __future__ import annotations

from mycoflux.cli import console
from mycoflux.deploy import kernel_trial
from mycoflux.deploy.connect import Connected


def tell_kernel(connected: Connected, *, quiet: bool = False) -> None:
    """Say on stderr which kernels failed on the board and, unless quiet, which one runs there."""
    for name, reason in connected.kernels_failed.items():
        faulty = reason in (kernel_trial.WRONG, kernel_trial.HUNG)
        console.say(
            f"the kernel '{name}' {kernel_trial.REASONS[reason]} and was left out: "
            + ("please report the board and its firmware; " if faulty else "")
            + f"with kernel={name} in the board's URL it is tried again"
        )
    if connected.welcome.kernel and not quiet:
        console.say(f"kernel: {connected.welcome.kernel}")


def kernel_json(connected: Connected) -> dict[str, object]:
    """The same for programs: the kernel, null where the runtime has but one; by name, why others failed."""
    return {"kernel": connected.welcome.kernel or None, "kernels_failed": connected.kernels_failed}
