"""Which way do the stripes in a picture run? Maps of simple cells, as in the primary visual cortex.

A camera of 16 x 16 brightnesses drives four maps of 8 x 8 cells, each a Gabor filter of one orientation
(`GaborField`: the maps are coarser than the camera, and cover the same field of view). What each map spikes
is summed, and the strongest sum is the answer: 0 for upright stripes, 1, 2, 3 for stripes turned by 45
degrees each.
"""

from mycoflux.circuit import LIF, Circuit, Explicit, GaborField, LeakyIntegrator, Rate, Strongest

CAMERA, MAP = (16, 16), (8, 8)
TURNS = 4


class Orientation(Circuit):
    """The sensor `camera`, row by row, 0 for dark and 4095 for bright; the actuator `orientation`."""

    dt_s = 0.001
    weight_v = 0.006

    def build(self) -> None:
        cells = MAP[0] * MAP[1]
        camera = self.sensor("camera", Rate(max_rate_hz=200.0), CAMERA[0] * CAMERA[1])
        sums = self.population("sums", TURNS, LeakyIntegrator(tau_m_s=0.100))
        for i in range(TURNS):
            turned = self.population(f"cells {i}", cells, LIF(refractory_s=0.003))
            field = GaborField(CAMERA, MAP, width=1.6, wavelength=4.0, orientation_deg=45.0 * i)
            self.connect(camera, turned, weight_v=self.weight_v, pattern=field)
            self.connect(turned, sums, weight_v=0.001, pattern=Explicit([(n, i) for n in range(cells)]))
        self.actuator("orientation", sums, Strongest())
