from mycoflux.circuit import LIF, Circuit


class Robot(Circuit):
    """One neuron."""

    def build(self) -> None:
        self.population("p", 1, LIF())
