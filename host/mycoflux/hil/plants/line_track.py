"""A differential-drive robot with two line sensors and a proximity sensor on a closed track with a gate.

The track is r(theta) = 0.55 + 0.10 cos(2 theta) + 0.05 sin(3 theta) metres round the origin, a dark line
of some 15 mm. The two line sensors look down 60 mm ahead of the axle, one on each side of the line; each
sees the more darkness the nearer the line is. Twice a gate closes across the track in front of the robot
for some seconds; the proximity sensor looks ahead.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from mycoflux.hil.plants.base import Plant, Trace, to_reading

WHEEL_BASE_M = 0.12
WHEEL_SPEED_M_S = 0.35  # at full duty
MOTOR_LAG_S = 0.06
SENSOR_AHEAD_M = 0.06
SENSOR_ASIDE_M = 0.018
LINE_WIDTH_M = 0.012  # standard deviation of the darkness across the line
PROXIMITY_RANGE_M = 0.35
PROXIMITY_CONE_RAD = math.radians(30)
ROBOT_RADIUS_M = 0.07
LOST_M = 0.10  # further from the line than this the robot has lost it
GATES_S = ((6.0, 9.0), (14.0, 16.0))  # when the gate is closed
GATE_AHEAD_M = 0.40  # along the track, from where the robot is when it closes
_POINTS = 4000
_SEARCH = 60  # points to look at on either side of the nearest one of the step before


class LineTrack(Plant):
    """The robot on its track. `seed` moves the start along the track and sets the sensors' noise."""

    sensors = ("line_left", "line_right", "proximity")
    actuators = ("motor_left", "motor_right")

    def __init__(self, dt_s: float, seed: int = 0, noise: float = 0.0) -> None:
        """Args: dt_s: seconds a step; seed: of start and noise; noise: of readings, share of full scale."""
        self.dt_s = dt_s
        self._noise = noise
        theta = np.linspace(0, 2 * np.pi, _POINTS, endpoint=False)
        radius = 0.55 + 0.10 * np.cos(2 * theta) + 0.05 * np.sin(3 * theta)
        self._track = np.stack((radius * np.cos(theta), radius * np.sin(theta)), axis=1)
        ahead = np.roll(self._track, -1, axis=0) - self._track
        self._spacing_m = float(np.hypot(*ahead.T).mean())
        self.reset(seed)

    def reset(self, seed: int = 0) -> None:
        """On the line, at rest, at a place along the track that the seed gives."""
        self._rng = np.random.default_rng(seed)
        start = int(self._rng.integers(_POINTS)) if seed else 0
        self._near = start
        self._x, self._y = (float(c) for c in self._track[start])
        along = self._track[(start + 1) % _POINTS] - self._track[start]
        self._heading = math.atan2(along[1], along[0])
        self._duty = dict.fromkeys(self.actuators, 0)
        self._wheels = [0.0, 0.0]
        self._time_s = 0.0
        self._gate: tuple[float, float] | None = None
        self._rows: list[tuple[float, ...]] = []
        self._gates_seen: list[tuple[float, float]] = []

    def sense(self) -> dict[str, int]:
        """Darkness under the line sensors and nearness of the closed gate."""
        left = self._darkness(SENSOR_ASIDE_M)
        right = self._darkness(-SENSOR_ASIDE_M)
        values = {"line_left": left, "line_right": right, "proximity": self._proximity()}
        if self._noise:
            return {k: to_reading(v + self._noise * self._rng.standard_normal()) for k, v in values.items()}
        return {k: to_reading(v) for k, v in values.items()}

    def _darkness(self, aside_m: float) -> float:
        c, s = math.cos(self._heading), math.sin(self._heading)
        x = self._x + SENSOR_AHEAD_M * c - aside_m * s
        y = self._y + SENSOR_AHEAD_M * s + aside_m * c
        distance = self._nearest(x, y)[1]
        return math.exp(-0.5 * (distance / LINE_WIDTH_M) ** 2)

    def _nearest(self, x: float, y: float) -> tuple[int, float]:
        """The nearest track point around where the robot is, and the distance to the line, metres."""
        window = np.arange(self._near - _SEARCH, self._near + 3 * _SEARCH) % _POINTS
        offsets = self._track[window] - (x, y)
        squares = np.einsum("ij,ij->i", offsets, offsets)
        best = int(np.argmin(squares))
        return int(window[best]), math.sqrt(float(squares[best]))

    def _gate_distance(self) -> tuple[float, float]:
        """Distance to the closed gate in metres and its bearing in radians; infinite when open."""
        if self._gate is None:
            return math.inf, 0.0
        dx, dy = self._gate[0] - self._x, self._gate[1] - self._y
        bearing = (math.atan2(dy, dx) - self._heading + math.pi) % (2 * math.pi) - math.pi
        return math.hypot(dx, dy), bearing

    def _proximity(self) -> float:
        distance, bearing = self._gate_distance()
        if distance > PROXIMITY_RANGE_M or abs(bearing) > PROXIMITY_CONE_RAD:
            return 0.0
        return 1.0 - max(distance - ROBOT_RADIUS_M, 0.0) / (PROXIMITY_RANGE_M - ROBOT_RADIUS_M)

    def actuate(self, duty: Mapping[str, int]) -> None:
        """Set motor duties."""
        for name in self.actuators:
            if name in duty:
                self._duty[name] = min(max(int(duty[name]), 0), 4095)

    def step(self) -> None:
        """Motors follow their duty with a lag; the robot rolls without slipping."""
        share = 1 - math.exp(-self.dt_s / MOTOR_LAG_S)
        for i, name in enumerate(self.actuators):
            target = self._duty[name] / 4095 * WHEEL_SPEED_M_S
            self._wheels[i] += share * (target - self._wheels[i])
        left, right = self._wheels
        self._heading += (right - left) / WHEEL_BASE_M * self.dt_s
        speed = (left + right) / 2
        self._x += speed * math.cos(self._heading) * self.dt_s
        self._y += speed * math.sin(self._heading) * self.dt_s
        self._time_s += self.dt_s
        self._near, error = self._nearest(self._x, self._y)
        self._move_gate()
        distance, _ = self._gate_distance()
        gate = self._gate or (math.nan, math.nan)
        self._rows.append((self._x, self._y, self._heading, speed, error, distance, *gate))

    def _move_gate(self) -> None:
        closed = any(start <= self._time_s < end for start, end in GATES_S)
        if closed and self._gate is None:
            at = (self._near + round(GATE_AHEAD_M / self._spacing_m)) % _POINTS
            self._gate = (float(self._track[at][0]), float(self._track[at][1]))
            self._gates_seen.append(self._gate)
        elif not closed:
            self._gate = None

    def metrics(self) -> dict[str, float]:
        """Cross-track error, distance, halts and collisions of the run so far."""
        if not self._rows:
            return {}
        rows = np.array(self._rows)
        speed, error, gate = rows[:, 3], rows[:, 4], rows[:, 5]
        closest = float(gate.min())
        metrics = {
            "cross_track_rms_m": float(np.sqrt(np.mean(error**2))),
            "cross_track_max_m": float(error.max()),
            "distance_m": float(np.sum(speed) * self.dt_s),
            "halted_at_gate_s": float(np.sum((speed < 0.01) & np.isfinite(gate)) * self.dt_s),
            "collided": float(closest < ROBOT_RADIUS_M),
            "lost_line": float(error.max() > LOST_M),
        }
        if math.isfinite(closest):  # else no gate has closed yet
            metrics["closest_to_gate_m"] = closest
        return metrics

    def trace(self) -> Trace:
        """Pose, speed and error for each step; the track; where gates closed."""
        rows = np.array(self._rows).reshape(-1, 8)
        columns = ("x_m", "y_m", "heading_rad", "speed_m_s", "cross_track_m", "gate_distance_m")
        trace: Trace = {name: rows[:, i].copy() for i, name in enumerate(columns)}
        trace["track_m"] = self._track.copy()
        trace["gates_m"] = np.array(self._gates_seen).reshape(-1, 2)
        return trace
