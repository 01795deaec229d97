"""The parts of a board URL: `virtual:pico?root=DIR`, `/dev/ttyACM0?baud=921600`, `socket://host:port`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qsl

from mycoflux.errors import BoardUrlError


@dataclass(frozen=True)
class BoardUrl:
    """A board URL taken apart; which schemes and options exist is not known here."""

    text: str  # as it was given
    device: str  # without the options
    scheme: str  # before the first colon, "" when there is none
    name: str  # after it
    options: Mapping[str, str]

    def integer(self, option: str, default: int) -> int:
        """The value of `option` as a whole number.

        Raises:
            BoardUrlError: it is something else.
        """
        given = self.options.get(option)
        if given is None:
            return default
        if not given.isdecimal():
            raise BoardUrlError(
                f"'{option}={given}' is not a whole number",
                where=self.text,
                remedy=f"Write {option}={default}",
            )
        return int(given)

    def allow(self, *options: str) -> None:
        """Refuse every option that is not one of these.

        Raises:
            BoardUrlError: naming the first that is not.
        """
        for option in self.options:
            if option not in options:
                known = ", ".join(f"{name}=..." for name in options) or "none"
                raise BoardUrlError(
                    f"unknown option '{option}'",
                    where=self.text,
                    remedy=f"Options of this kind of board: {known}",
                )


def parse(text: str) -> BoardUrl:
    """Take a board URL apart. Network URLs keep their options: those are pyserial's.

    Raises:
        BoardUrlError: an option was given twice.
    """
    if "://" in text:
        scheme, _, name = text.partition("://")
        return BoardUrl(text, text, scheme, name, MappingProxyType({}))
    device, _, query = text.partition("?")
    scheme, colon, name = device.partition(":")
    if not colon:
        scheme, name = "", device
    options: dict[str, str] = {}
    for option, value in parse_qsl(query, keep_blank_values=True):
        if option in options:
            raise BoardUrlError(
                f"'{option}=' was given twice",
                where=text,
                remedy=f"Leave out {option}={value} or the other one",
            )
        options[option] = value
    return BoardUrl(text, device, scheme, name, MappingProxyType(options))
