from mycoflux.circuit import LIF, Circuit

circuit = Circuit("c")
circuit.populations("a", 2, LIF())
