"""The viper kernel: the twin of `myco.kernel`, in what MicroPython compiles to machine code.

One module on a board, myco/viper.mpy; here a file a subject. `firmware_tools/build_viper.py` joins them,
this one first; what the others import falls away there.
Written for the code that mpy-cross 1.29 makes of it (docs/kernels.md; counts in decisions/014-kernels.md):

* On ARM the first two locals, arguments before others, live in registers, all others on the stack. The inner
  loops' two variables are therefore what came in as the first two arguments.
* `p[0]` with a fixed index below 32 is one instruction, `p[i]` four.
* The left operand of an operation is best what was computed last, the right one a local.
* A pointer is cast from an int for nothing.
* Integers have 32 bits and wrap, on x64 64; loads through ptr32 are then zero-extended. `_WIDE` says where
  that is, and disappears at compile time.

s: the engine. Arrays are reached through its attributes once a call.
"""

from micropython import const

from myco import neurons

_WIDE = const(0)  # 1 for x64: set by the builder

# Offsets in the records of `myco.layout`; a test holds them equal. In units of 2 (_H) or 4 bytes (_I), where
# the field has as many.
_POPULATION = const(24)
_DU_H = const(2)
_DV_H = const(3)
_VTH_I = const(2)
_BIAS_H = const(6)
_BIAS_EXP = const(14)
_DEPTH = const(15)
_RING_I = const(4)
_MODEL = const(20)
_RECEPTORS = const(21)
_PARAMS_H = const(11)
_LIF = const(1)
_GENERAL_LIF = const(2)
_RECEPTOR_DU_H = const(7)  # of receptor 1, less one
_RESET_BY_SUBTRACTION = const(1)
_RESET_NEVER = const(2)

_PROJECTION = const(28)
_BEGIN_H = const(6)
_SIZE_H = const(7)
_ROWS_I = const(4)
_TARGETS_I = const(5)
_WEIGHTS_I = const(6)
_TABLE_MASK = const(127)
_STRIDE_MIN = const(32)
_DENSE = const(1)
_CONVOLUTION = const(4)
_PACKED = const(5)
_SHIFT = const(1)
_ARRIVAL = const(2)
_SIGN = const(3)
_FIRST_H = const(2)
_SOURCES_H = const(3)
_TARGET_H = const(4)
_GROUP_H = const(5)

_SENSOR = const(8)
_ACTUATOR = const(16)

_RATE = const(2)
_WINNER = const(2)
_POTENTIAL = const(3)
_STRONGEST = const(4)
_SIGMA_FULL = const(4095 * 4096)

NAME = "viper"
MODELS = neurons.MODELS  # for what `integrate` has not
