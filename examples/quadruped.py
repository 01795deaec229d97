"""Four legs that step one after the other: a rhythm without a rhythmic input, and no line of control code.

A ring of four oscillators (`OscillatorRing`) drives the legs in the order of a walk, each a quarter of a step
behind the one before: left hind, left fore, right hind, right fore.
"""

from mycoflux.circuit import Circuit, RateToPwm
from mycoflux.circuit.generators import OscillatorRing

LEGS = ("left_hind", "left_fore", "right_hind", "right_fore")


class Quadruped(Circuit):
    """One actuator a leg: the duty of the motor that swings it."""

    dt_s = 0.001

    def build(self) -> None:
        rhythm = self.include("rhythm", OscillatorRing(phases=len(LEGS)))
        for i, leg in enumerate(LEGS):
            self.actuator(leg, rhythm[f"phase {i}"], RateToPwm(full_rate_hz=150.0, tau_s=0.020))
