from myco_hal.drivers.base import BAD_SETTING, DriverError, Scale, duty, older
from tests.hal.checks import Chance, locked, raises


def test_a_scale_is_exact_at_its_ends_and_clips():
    for zero, full in ((0, 4095), (1000, 0), (-40, 85), (0, 1), (-2000000, 2000000), (500000000, 0)):
        scale = Scale(zero, full)
        assert scale.of(zero) == 0 and scale.of(full) == 4095
        beyond = 1 if full > zero else -1
        assert scale.of(zero - beyond) == 0 and scale.of(full + beyond) == 4095


def test_a_scale_is_linear_to_a_count():
    chance = Chance(1)
    for _ in range(300):
        zero = chance.between(-300000, 300000)
        full = zero + chance.between(1, 500000) * (1 if chance.below(2) else -1)
        value = zero + (full - zero) * chance.below(4097) // 4096
        exact = (value - zero) * 4095 // (full - zero)
        assert abs(Scale(zero, full).of(value) - exact) <= 1


def test_a_scale_stays_within_31_bits():
    scales = (Scale(-2000000, 2000000), Scale(2000000, -2000000), Scale(0, 1 << 29))

    def step(i):
        for scale in scales:
            assert 0 <= scale.of(i * 4001 - 2000000) <= 4095

    locked(step)


def test_a_scale_needs_a_span():
    error = raises(DriverError, Scale, 7, 7)
    assert error.code == BAD_SETTING
    assert str(error) == "scale: a setting cannot be both ends 7; the driver's file has its range"


def test_duty_is_exact_at_both_ends():
    assert duty(0) == 0 and duty(4095) == 65535
    assert all(duty(i) < duty(i + 1) for i in range(4095))


def test_ages_stop_growing():
    assert older(0) == 1 and older(30000) == 30000
