"""A voltage on an ADC."""

from .base import Driver, Scale, demand


class AnalogIn(Driver):
    """`zero_mv` reads 0, `full_mv` 4095; `zero_mv` may be the higher.

    adc: has `read_u16`. reference_mv: what reads 65535, at most 16,000.
    """

    name = "analog in"

    def __init__(self, adc, zero_mv=0, full_mv=3300, reference_mv=3300):
        demand(0 < reference_mv <= 16000, self.name, "reference_mv", reference_mv)
        self._adc = adc
        self._reference_mv = reference_mv
        self._scale = Scale(zero_mv * 65535 // reference_mv, full_mv * 65535 // reference_mv)
        self._raw = 0

    def _read(self, values, at):
        self._raw = self._adc.read_u16()
        values[at] = self._scale.of(self._raw)

    def millivolts(self):
        """The voltage last read."""
        return (self._raw * self._reference_mv + 32767) // 65535
