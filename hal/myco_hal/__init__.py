"""Device side of sensors and actuators: encoders, decoders, drivers.

Integers in and out, no allocation in a tick, nothing imported from the host or from the runtime. Runs
under MicroPython and CPython alike.
"""
