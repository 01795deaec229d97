from mycoflux.circuit import Circuit


class Robot(Circuit):
    gain_v = 1.0


circuit = Robot(gian_v=2.0)
