from mycoflux.circuit import LIF

neuron = LIF()
