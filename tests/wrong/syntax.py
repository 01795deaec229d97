from mycoflux.circuit import Circuit
circuit = Circuit('c'
