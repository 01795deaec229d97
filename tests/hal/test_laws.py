"""What holds for every driver."""

from myco_hal.drivers.base import BUS_FAILED, NO_ANSWER, NOT_STARTED, TIMED_OUT, DriverError
from tests.hal.catalog import MAKERS
from tests.hal.checks import heap_lock, heap_unlock, locked, raises

# Where the world fails: each of the first operations, then some of the later ones.
OPERATIONS = [at for at in range(60) if at < 16 or at % 7 == 0]


def cases():
    return [maker() for maker in MAKERS]


def stopped_in_a_full_heap(case):
    heap_lock()
    try:
        return case.driver.stop()
    finally:
        heap_unlock()


def test_who_is_not_started_does_nothing_but_stop():
    for case in cases():
        values = case.values()
        for _ in range(2):
            found = raises(DriverError, case.step, values, 0)
            assert (found.code, found.driver) == (NOT_STARTED, case.driver.name)
            assert "start()" in str(found) and case.driver.name in str(found)
            assert case.driver.stop() and case.at_rest(), case.driver.name


def test_a_driver_that_was_made_has_touched_nothing():
    for case in cases():
        assert all(part.touched == 0 for part in case.parts), case.driver.name


def test_a_thousand_ticks_allocate_nothing_and_stay_within_their_channels():
    for case in cases():
        values = case.values()
        case.driver.start()
        end = case.driver.channels + 1

        def step(i, case=case, values=values, end=end):
            case.step(values, i)
            assert values[0] == values[end] == -7
            if case.senses:
                for c in range(1, end):
                    assert 0 <= values[c] <= 4095

        locked(step)
        assert stopped_in_a_full_heap(case) and case.at_rest(), case.driver.name
        assert stopped_in_a_full_heap(case) and case.at_rest(), case.driver.name


def test_readings_move():
    for case in cases():
        if case.senses:
            seen = [set() for _ in range(case.driver.channels)]
            values = case.values()
            case.driver.start()
            for i in range(60):
                case.step(values, i)
                for c in range(case.driver.channels):
                    seen[c].add(values[1 + c])
            moving = sum(len(found) > 1 for found in seen)
            assert moving > 0, case.driver.name


def broken_at(maker, part, at, errno, once=False):
    """A case of which a part fails from its operation number `at` on, and what it said within eight ticks."""
    case = maker()
    broken = case.parts[part]
    broken.once = once
    broken.errno = errno
    broken.fail_in = at
    said = None
    try:
        case.driver.start()
        values = case.values()
        for i in range(8):
            case.step(values, i * 97)
    except DriverError as error:
        said = error
    return case, broken, said


def test_whatever_fails_whenever_a_stop_brings_all_to_rest():
    for maker in MAKERS:
        for part in range(len(maker().parts)):
            for at in OPERATIONS:
                case, broken, said = broken_at(maker, part, at, 5)
                if said is not None:
                    assert (said.code, said.detail) == (BUS_FAILED, 5)
                    assert not (case.driver.started and not case.senses), case.driver.name
                stopped_in_a_full_heap(case)
                assert not case.driver.started
                broken.fail_in = -1
                assert case.driver.stop() and case.at_rest(), (case.driver.name, part, at)
                case.driver.start()
                case.step(case.values(), 5)
                assert case.driver.stop() and case.at_rest(), case.driver.name


def test_a_glitch_in_a_start_or_a_write_ends_at_rest_without_being_told():
    ended = 0
    for maker in MAKERS:
        for part in range(len(maker().parts)):
            for at in OPERATIONS:
                case, _, said = broken_at(maker, part, at, 5, once=True)
                if said is not None and not case.driver.started:
                    assert case.at_rest(), (case.driver.name, part, at)
                    ended += 1
    assert ended > 100


def test_a_stop_that_says_it_worked_did():
    for maker in MAKERS:
        for part in range(len(maker().parts)):
            case = maker()
            case.driver.start()
            case.step(case.values(), 700)
            case.parts[part].fail_in = 0
            assert not case.driver.stop() or case.at_rest(), case.driver.name
            case.parts[part].fail_in = -1
            assert case.driver.stop() and case.at_rest()


def test_what_a_bus_says_becomes_a_code():
    for errno, code in (
        (19, NO_ANSWER),
        (110, TIMED_OUT),
        (116, TIMED_OUT),
        (5, BUS_FAILED),
        (1, BUS_FAILED),
    ):
        for maker in MAKERS:
            if maker().parts:
                _, _, said = broken_at(maker, 0, 0, errno)
                assert said is not None and (said.code, said.detail) == (code, errno), maker.__name__
                assert "(errno %d)" % errno in str(said)  # noqa: UP031


def test_a_sensor_reads_again_once_its_bus_is_back():
    for maker in MAKERS:
        case = maker()
        if not case.senses or not case.parts:
            continue
        case.driver.start()
        values = case.values()
        case.step(values, 3)
        for part in case.parts:
            part.fail_in = 0
        for i in range(3):
            try:
                case.step(values, i)
            except DriverError as error:
                assert error.code == BUS_FAILED
        for part in case.parts:
            part.fail_in = -1
        for i in range(20):
            case.step(values, i)
        assert case.driver.started


def test_after_a_new_start_what_was_read_before_is_stale():
    found = 0
    for maker in MAKERS:
        case = maker()
        if hasattr(case.driver, "stale"):
            found += 1
            assert case.driver.stale, case.driver.name
            case.driver.start()
            values = case.values()
            for i in range(40):
                case.step(values, i)
            assert not case.driver.stale, case.driver.name
            case.driver.stop()
            case.driver.start()
            assert case.driver.stale, case.driver.name
            case.driver.age = case.driver._stale_after
            assert not case.driver.stale, case.driver.name
    assert found > 5
