"""A robot follows a dark line and waits in front of whatever stands in its way: 16 spiking neurons.

Each side has the same half circuit, used twice. A line sensor that sees the line excites the inhibitory
neurons of its side, these slow the motor of its side, and so the robot turns back towards the line. The
proximity sensor excites neurons that silence both motors. There is no line of control code.
"""

from mycoflux.circuit import LIF, AllToAll, Circuit, Rate, RateToPwm


class Side(Circuit):
    """One side of the robot: a line sensor, the neurons that brake, and the motor."""

    side = "left"
    drive_v = 1.9  # the motor neurons' own drive; they fire without input

    def build(self) -> None:
        line = self.sensor(f"line_{self.side}", Rate(max_rate_hz=400.0))
        brake = self.population(f"brake_{self.side}", 3, LIF(tau_m_s=0.010, tau_syn_s=0.005, threshold_v=1.0))
        motor = self.population(
            f"motor_{self.side}",
            3,
            LIF(tau_m_s=0.010, tau_syn_s=0.005, threshold_v=1.0, bias_v=self.drive_v),
        )
        self.connect(line, brake, weight_v=1.2)
        self.connect(brake, motor, weight_v=-0.5, pattern=AllToAll())
        self.actuator(f"motor_{self.side}", motor, RateToPwm(full_rate_hz=190.0, tau_s=0.030))


class LineFollower(Circuit):
    """Two sides that inhibit nobody but themselves, and a stop that silences both."""

    dt_s = 0.001

    def build(self) -> None:
        for side in ("left", "right"):
            self.join(Side(side=side))
        proximity = self.sensor("proximity", Rate(max_rate_hz=400.0))
        stop = self.population("stop", 4, LIF(tau_m_s=0.020, tau_syn_s=0.010, threshold_v=1.0))
        self.connect(proximity, stop, weight_v=0.9)
        for side in ("left", "right"):
            self.connect(stop, f"motor_{side}", weight_v=-1.0)


circuit = LineFollower()
