from mycoflux.circuit import LIF, Circuit

circuit = Circuit("c")
circuit.population("a", 2, LIF)
