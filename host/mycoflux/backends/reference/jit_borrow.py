"""`borrowed`: a named tuple of arrays whose references compiled code does not count.

numba counts a reference, atomically, each time that an array is taken out of a tuple or a tuple of arrays is
handed to a function. A tick of a small network has many of these (docs/benchmarks.md says what they cost).
An array without numba's own record of who holds it (`meminfo`) is not counted.
"""

from __future__ import annotations

from typing import Any

from numba.core import cgutils, types
from numba.extending import intrinsic

_utils: Any = cgutils


def _borrowed(typing_context: Any, arrays: Any) -> Any:
    """The same arrays, uncounted: valid only for as long as the caller keeps the tuple it was given."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        members = []
        for member, value in zip(kind.types, _utils.unpack_tuple(builder, arguments[0]), strict=True):
            if isinstance(member, types.Array):
                array = context.make_array(member)(context, builder, value)
                array.meminfo = _utils.get_null_value(array.meminfo.type)
                array.parent = _utils.get_null_value(array.parent.type)
                value = array._getvalue()
            members.append(value)
        return context.make_tuple(builder, kind, members)

    return arrays(arrays), codegen


borrowed: Any = intrinsic(_borrowed)
