"""Drivers of sensors and actuators: a file each, sent only to boards that use it.

A driver is made of `machine.Pin`, `PWM`, `ADC`, `I2C`, `SPI` objects or of what looks like them, and imports
neither. See docs/hal.md.
"""
