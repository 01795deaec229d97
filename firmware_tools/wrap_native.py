"""Puts machine code into a .mpy file: a viper function is compiled, and its code replaced.

The code is position-independent, of the calling convention of viper functions:

    mp_obj_t run(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, const mp_obj_t *args)

and finds MicroPython's function table at `self->context->constants.obj_table[0]`. It works wherever viper
.mpy files load, whatever assemblers the firmware has, and guesses the layout of no object but the function.
"""

from __future__ import annotations

from firmware_tools import mpy_file
from firmware_tools.build_viper import cross

_STUB = """
@micropython.viper
def {name}(x: int) -> int:
    return x

"""


def wrap(functions: dict[str, bytes], arch: str, module: str, python: str = "") -> bytes:
    """A module `module` for `arch` with these functions, by name their code, and what `python` defines.

    Raises:
        mpy_file.MpyError: `python` has constants that are objects (tuples, floats, long texts): those come
            before the function table, which the code expects first.
        ChildProcessError: mpy-cross refuses `python`.
    """
    stubs = "".join(_STUB.format(name=name) for name in functions)
    file = mpy_file.read(cross(stubs + python, arch, f"{module}.py"))
    if file.objects[:1] != (mpy_file.FUNCTION_TABLE,):
        raise mpy_file.MpyError("the function table is not the first object of the file")
    for name, code in functions.items():
        file = file.with_code(name, code)
    return mpy_file.write(file)
