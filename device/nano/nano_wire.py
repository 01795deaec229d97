"""Framing and checksums, taken from the full runtime by the installer; small numbers without `struct`."""

from myco.crc import crc32  # noqa: F401  (used by nano_engine)
from myco.wire import Decoder, encode  # noqa: F401  (used by nano_server)
