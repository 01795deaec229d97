from mycoflux.circuit import Circuit

left = Circuit("left")
right = Circuit("right")
