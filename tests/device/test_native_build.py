"""What the builder of the native kernel makes runs wherever it lies, and what would not is refused."""

from __future__ import annotations

import ctypes
import mmap

import pytest
from firmware_tools import build_kernels

from myco import plan
from myco.engine import Engine
from mycoflux.program.image import encode
from tests.native_kernel import BUFFERS, NativeEngine, state
from tests.programs import ALL_MODELS, random_inputs, random_program

Word = ctypes.c_size_t
Convert = ctypes.CFUNCTYPE(Word, Word, Word)
AS_IT_IS = Convert(lambda value, _: value)


class Loaded:
    """Code for this computer at a place in memory, called as MicroPython calls a viper function."""

    def __init__(self, code: bytes, offset: int) -> None:
        self.memory = mmap.mmap(
            -1, offset + len(code), prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
        )
        self.memory[offset:] = code
        begin = ctypes.addressof(ctypes.c_char.from_buffer(self.memory)) + offset
        self.entry = ctypes.CFUNCTYPE(Word, Word, Word, Word, Word)(begin)
        convert = ctypes.cast(AS_IT_IS, ctypes.c_void_p).value
        self.table = (Word * 5)(0, 0, 0, convert, convert)
        self.objects = (Word * 1)(ctypes.addressof(self.table))
        self.context = (Word * 4)(0, 0, 0, ctypes.addressof(self.objects))
        self.function = (Word * 2)(0, ctypes.addressof(self.context))

    def call(self, *arguments: int) -> int:
        values = (Word * len(arguments))(*arguments)
        answer = self.entry(ctypes.addressof(self.function), len(arguments), 0, ctypes.addressof(values))
        return ctypes.c_ssize_t(answer).value


@pytest.fixture(scope="module")
def code(tmp_path_factory):
    return build_kernels.compile_c("x64", tmp_path_factory.mktemp("x64"))


@pytest.mark.parametrize("offset", [0, 4, 4100])
def test_the_code_of_this_computer_runs_wherever_it_lies(code, offset):
    loaded = Loaded(code, offset)
    for seed in range(20):
        program = random_program(seed, max_size=40, models=ALL_MODELS)
        engine, native = Engine(encode(program)), NativeEngine(encode(program))
        begin = native.plan.buffer_info()[0]
        places = [getattr(native, name).buffer_info()[0] for name in BUFFERS]
        assert loaded.call(plan.BIND, begin, ctypes.addressof(native.kept), *places) == plan.DONE
        for readings in random_inputs(seed, program.channels, 20):
            for channel, reading in enumerate(readings):
                engine.inputs[channel] = native.inputs[channel] = reading
            engine.tick()
            assert loaded.call(plan.TICK, begin) == engine.neurons_fired()
            assert state(native) == state(engine)


def test_an_image_on_an_odd_address_is_left_to_another_kernel(code):
    words = (Word * 40)()
    places = [0] * (plan.PARTS - 1)
    got = Loaded(code, 0).call(plan.BIND, ctypes.addressof(words), ctypes.addressof(words) + 1, *places)
    assert got == plan.CROOKED


DATA = "int kept; int run(void) { return kept++; }"
CALLS = "int far_away(int); int run(int i) { return far_away(i); }"
ADDRESS = "int f(void) { return 1; } int (*run(void))(void) { return f; }"  # on x64 relative to the code


@pytest.mark.parametrize(
    ("arch", "source", "why"),
    [
        *((arch, DATA, "static data") for arch in build_kernels.ARCHS),
        *((arch, CALLS, "undefined reference") for arch in build_kernels.ARCHS),
        *((arch, ADDRESS, "bound to a place: R_ARM_ABS32") for arch in ("armv6m", "armv7emsp")),
    ],
)
def test_what_is_bound_to_a_place_is_refused(tmp_path, monkeypatch, arch, source, why):
    (tmp_path / "bad.c").write_text(source)
    monkeypatch.setattr(build_kernels, "NATIVE", tmp_path)
    monkeypatch.setattr(build_kernels, "PIECES", ("bad",))
    kind = build_kernels.ARCHS[arch]
    monkeypatch.setitem(build_kernels.ARCHS, arch, build_kernels.Arch((), kind.flags, kind.tools))
    with pytest.raises(build_kernels.KernelError, match=why):
        build_kernels.compile_c(arch, tmp_path)
