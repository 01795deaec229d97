"""What a board file says of its buses: `[buses.NAME]`, checked and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mycoflux.link.toml_table import Pin, Table

SIGNALS: Mapping[str, tuple[str, ...]] = {"i2c": ("sda", "scl"), "spi": ("sck", "mosi", "miso")}


@dataclass(frozen=True)
class Bus:
    """A bus for sensors and actuators."""

    name: str
    kind: str  # "i2c" or "spi": a key of SIGNALS
    number: int  # its number in machine.I2C(...) or machine.SPI(...)
    pins: Mapping[str, Pin]  # by signal, as SIGNALS orders them


def read_buses(table: Table) -> Mapping[str, Bus]:
    """The buses of a board, by name.

    Raises:
        BoardFileError: a key is missing, unknown or wrong, two signals share a pin, or two names a bus.
    """
    buses: dict[str, Bus] = {}
    for name in table.names():
        bus = _bus(name, table.table(name))
        for other in buses.values():
            if (other.kind, other.number) == (bus.kind, bus.number):
                table.fail(name, f"is the bus that '{other.name}' is", "Give each bus a number of its own")
        buses[name] = bus
    return MappingProxyType(buses)


def _bus(name: str, entry: Table) -> Bus:
    kind = entry.text("kind", tuple(SIGNALS))
    number = entry.whole("number")
    pins = distinct(entry, SIGNALS[kind])
    entry.finish()
    return Bus(name, kind, number, pins)


def distinct(entry: Table, signals: tuple[str, ...]) -> Mapping[str, Pin]:
    """The pins of `signals`, which are keys of `entry`.

    Raises:
        BoardFileError: one is missing or no pin, or two are the same.
    """
    pins: dict[str, Pin] = {}
    for signal in signals:
        pin = entry.pin(signal)
        if pin in pins.values():
            entry.fail(signal, f"is {pin!r}, the pin of another signal", "Give each signal a pin of its own")
        pins[signal] = pin
    return MappingProxyType(pins)
