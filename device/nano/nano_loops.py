"""The loops of a tick, taken from the full runtime by the installer (`mycoflux.deploy.slim`).

A file of their own because a board with 9 KB of heap cannot compile everything at once. `deliver` is not
here: a spike is a graded value of 1 << shift sent with a shift of 0.
"""

from myco.kernel import deliver_graded, integrate  # noqa: F401  (used by nano_engine)
from myco_hal.decoders import (  # noqa: F401
    level_step,
    level_value,
    spikes_between,
    winner_step,
    winner_value,
)
from myco_hal.encoders import encode_nonzero, encode_rate  # noqa: F401
