from mycoflux.circuit import LIF, Circuit


class Robot(Circuit):
    gain = 0

    def build(self):
        self.population("a", 2, LIF(threshold_v=1 / self.gain))
