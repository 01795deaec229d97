"""LED strips that decode what comes down the wire."""

from tests.hal.fakes.pins import Breakable


class Apa102Strip(Breakable):
    """APA102 or SK9822: `colours` has brightness, red, green, blue an LED."""

    def __init__(self, count):
        self.count = count
        self.colours = bytearray(4 * count)
        self.frames = 0

    def write(self, data):
        self.touch()
        at = 0
        while at < 4:
            assert data[at] == 0, "a frame begins with 32 zeros"
            at += 1
        for i in range(self.count):
            assert data[at] & 0xE0 == 0xE0, "an LED's word begins with 111"
            # LED i sees it i half clocks late, and SK9822 take it over after 32 zeros.
            assert 8 * (len(data) - 4 - 4 * self.count) >= 32 + (i + 1) // 2
            self.colours[4 * i] = data[at] & 31
            self.colours[4 * i + 1] = data[at + 3]
            self.colours[4 * i + 2] = data[at + 2]
            self.colours[4 * i + 3] = data[at + 1]
            at += 4
        while at < len(data):
            assert data[at] & 0xE0 != 0xE0, "one LED too many"
            at += 1
        self.frames += 1

    @property
    def dark(self):
        for i in range(self.count):
            if self.colours[4 * i + 1] or self.colours[4 * i + 2] or self.colours[4 * i + 3]:
                return False
        return True


class Ws2812Strip(Breakable):
    """What `machine.bitstream` does with WS2812B at its pin: `colours` has red, green, blue an LED."""

    def __init__(self, pin, count):
        self.pin = pin
        self.count = count
        self.colours = bytearray(3 * count)
        self.frames = 0

    def __call__(self, pin, encoding, timing, data):
        self.touch()
        assert pin is self.pin and encoding == 0
        high0, low0, high1, low1 = timing
        # T0H 0.4, T0L 0.85, T1H 0.8, T1L 0.45 us, 0.15 either way; a bit takes 1.25 us, 0.6 either way.
        assert 250 <= high0 <= 550 and 700 <= low0 <= 1000
        assert 650 <= high1 <= 950 and 300 <= low1 <= 600
        assert 650 <= high0 + low0 <= 1850 and 650 <= high1 + low1 <= 1850
        assert len(data) == 3 * self.count
        for i in range(self.count):
            self.colours[3 * i] = data[3 * i + 1]
            self.colours[3 * i + 1] = data[3 * i]
            self.colours[3 * i + 2] = data[3 * i + 2]
        self.frames += 1

    @property
    def dark(self):
        for value in self.colours:  # noqa: SIM110 (any() of a generator allocates)
            if value:
                return False
        return True
