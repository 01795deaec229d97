"""The demo's circuit in its loop, on every board: every spike, output, u and v at every tick."""

from __future__ import annotations

import pytest

from mycoflux.backends.board import BoardBackend
from mycoflux.backends.in_memory import EngineBackend
from mycoflux.backends.reference.plain import PlainReference
from mycoflux.circuit.load import load_circuit
from mycoflux.compiler.pipeline import Build, compile_circuit
from mycoflux.deploy.connect import Connected, connect
from mycoflux.errors import BoardLost, InvalidInput
from mycoflux.hil.closed_loop import run_closed_loop
from mycoflux.hil.plants.base import plant_by_name
from mycoflux.resources import data_folder


@pytest.fixture(scope="module")
def build() -> Build:
    return compile_circuit(load_circuit(str(data_folder("examples") / "line_follower.py")))


def test_the_same_circuit_on_every_board(any_board: Connected, build: Build) -> None:
    any_board.put(build.image)
    result = run_closed_loop(
        BoardBackend(build.program, any_board.session),
        plant_by_name("line-track", dt_s=0.001, seed=1),
        400,
        reference=PlainReference(build.program),
        compare_state=True,
    )
    agreement = result.agreement
    assert agreement.exact, agreement.first_difference
    assert agreement.spikes == agreement.spikes_identical > 100
    assert agreement.states_compared == agreement.states_identical == 400 * 2 * build.program.neurons
    assert result.recording.outputs.max() > 1000


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_robot_follows_its_line_and_waits_at_the_gate(build: Build, seed: int) -> None:
    plant = plant_by_name("line-track", dt_s=0.001, seed=seed)
    metrics = run_closed_loop(EngineBackend(build.program), plant, 10_000).metrics
    assert metrics["cross_track_rms_m"] < 0.01
    assert metrics["distance_m"] > 1.0
    assert metrics["halted_at_gate_s"] > 0.5
    assert metrics["collided"] == metrics["lost_line"] == 0


def test_a_run_is_the_same_every_time(build: Build) -> None:
    first, second = (
        run_closed_loop(EngineBackend(build.program), plant_by_name("line-track", 0.001, 5), 500)
        for _ in range(2)
    )
    assert first.metrics == second.metrics
    assert (first.recording.outputs == second.recording.outputs).all()


def test_a_spinning_robot_loses_the_line() -> None:
    plant = plant_by_name("line-track", dt_s=0.001)
    for _ in range(3000):
        plant.actuate({"motor_left": 9999, "motor_right": 1000})
        plant.step()
    assert plant.metrics()["lost_line"] == 1


def test_a_difference_is_found(build: Build) -> None:
    """A board that drops a spike must not pass: the comparison itself can fail."""

    class Forgetful(EngineBackend):
        def step(self, inputs):
            result = super().step(inputs)
            return type(result)(result.spikes[1:], result.outputs)

    plant = plant_by_name("line-track", dt_s=0.001)
    result = run_closed_loop(Forgetful(build.program), plant, 100, reference=PlainReference(build.program))
    assert not result.agreement.exact
    assert result.agreement.spikes_identical < result.agreement.spikes


def test_a_plant_without_the_ports_is_refused(build: Build) -> None:
    with pytest.raises(InvalidInput, match=r"plant steps 0\.002 s"):
        run_closed_loop(EngineBackend(build.program), plant_by_name("line-track", dt_s=0.002), 1)
    with pytest.raises(InvalidInput, match="no plant 'moon'"):
        plant_by_name("moon", dt_s=0.001)


@pytest.mark.virtual
def test_a_board_unplugged_in_mid_run_is_lost(build: Build) -> None:
    with connect("virtual:") as connected:
        connected.put(build.image)
        backend = BoardBackend(build.program, connected.session)

        def unplug(tick: int) -> None:
            if tick == 20:
                connected.session.stream.kill()

        with pytest.raises(BoardLost) as lost:
            run_closed_loop(backend, plant_by_name("line-track", dt_s=0.001), 100, on_tick=unplug)
        assert lost.value.exit_code == 1 and lost.value.remedy
