from array import array

from myco_hal.drivers.base import DriverError
from myco_hal.drivers.hcsr04 import HcSr04
from tests.hal.checks import raises
from tests.hal.fakes.pins import Pin, Time
from tests.hal.fakes.ranging import HcSr04 as Module


def pair(us=0, early=False, hard=True, **settings):
    time = Time(us)
    module = Module(time, early, hard)
    driver = HcSr04(module.trigger, module.echo, time, **settings)
    driver.start()
    return module, driver


def ticks(module, driver, count, us=1000):
    """The last reading of `count` ticks."""
    values = array("h", [0])
    for _ in range(count):
        driver.read(values, 0)
        module.pass_us(us)
    return values[0]


def test_distances_with_every_kind_of_module_and_port():
    for early in (False, True):
        for hard in (False, True):
            module, driver = pair(early=early, hard=hard)
            assert driver.stale
            for mm in (20, 100, 343, 1000, 2500, 3900):
                module.mm = mm
                reading = ticks(module, driver, 130)
                assert abs(driver.mm - mm) <= 1 and abs(reading - mm * 4095 // 4000) <= 2
                assert not driver.stale and driver.misses == 0


def test_bursts_are_sixty_milliseconds_apart():
    for us in (600, 1000, 7000, 20000):
        module, driver = pair()
        module.mm = 500
        count = 1_200_000 // us
        ticks(module, driver, count, us)
        assert count * us // 80000 <= module.bursts <= count * us // 60000 + 1
        assert driver.misses == 0


def test_a_slow_tick_of_a_tenth_of_a_second_measures_each_second_time():
    module, driver = pair()
    module.mm = 500
    ticks(module, driver, 10, 100_000)
    assert abs(driver.mm - 500) <= 1 and not driver.stale


def test_nothing_in_sight_is_far_and_fresh():
    module, driver = pair()
    assert ticks(module, driver, 130) == 4095
    assert driver.mm == 4000 and not driver.stale and driver.misses == 0


def test_near_may_be_high():
    module, driver = pair(zero_mm=1000, full_mm=0)
    for mm, reading in ((1, 4090), (500, 2047), (999, 4), (1500, 0)):
        module.mm = mm
        assert abs(ticks(module, driver, 130) - reading) <= 8


def test_a_module_that_falls_silent_is_missed_grows_stale_and_comes_back():
    module, driver = pair(stale_after=150)
    module.mm = 700
    ticks(module, driver, 100)
    module.connected = False
    ticks(module, driver, 100)
    assert 1 <= driver.misses <= 2 and not driver.stale
    ticks(module, driver, 200)
    assert driver.stale and abs(driver.mm - 700) <= 1 and driver.age > 150
    module.connected = True
    module.mm = 900
    ticks(module, driver, 130)
    assert not driver.stale and abs(driver.mm - 900) <= 1


def test_an_echo_that_never_ends_is_a_miss_and_no_new_burst():
    module, driver = pair()
    module.mm = 700
    ticks(module, driver, 100)
    bursts = module.bursts
    module.connected = False
    module.echo.set(1)
    ticks(module, driver, 200)
    assert driver.misses >= 2 and module.bursts == bursts
    module.echo.set(0)
    module.connected = True
    module.mm = 300
    ticks(module, driver, 200)
    assert abs(driver.mm - 300) <= 1


def test_time_may_wrap_in_mid_echo():
    for before in (300, 1000, 2500, 30000):
        module, driver = pair(us=(1 << 29) - 1 - before + (1 << 29))
        module.mm = 800
        ticks(module, driver, 70)
        assert abs(driver.mm - 800) <= 1


def test_stopped_in_mid_echo_it_hears_no_more_and_begins_afresh():
    module, driver = pair()
    module.mm = 3000
    ticks(module, driver, 5)
    assert driver.stop()
    assert module.echo.handler is None and module.trigger.mode == Pin.IN
    module.pass_us(100_000)
    assert driver.mm == 0
    driver.start()
    module.mm = 200
    ticks(module, driver, 70)
    assert abs(driver.mm - 200) <= 1


def test_settings_that_cannot_be():
    raises(DriverError, lambda: pair(zero_mm=5, full_mm=5))
    raises(DriverError, lambda: pair(stale_after=0))
