from collections import OrderedDict

from hypothesis import given
from hypothesis import strategies as st

from leanboard.storage.bounded_cache import BoundedCache


def cache(capacity: int) -> BoundedCache[str, bytes]:
    return BoundedCache(capacity, len)


def test_the_longest_unasked_goes_first():
    kept = cache(3)
    kept.put("a", b"1")
    kept.put("b", b"2")
    kept.put("c", b"3")
    assert kept.get("a") == b"1"
    kept.put("d", b"4")
    assert kept.get("b") is None
    assert [kept.get(key) for key in "acd"] == [b"1", b"3", b"4"]


def test_what_alone_is_too_heavy_is_not_kept_and_costs_nothing_else_its_place():
    kept = cache(3)
    kept.put("a", b"1")
    kept.put("big", b"1234")
    assert kept.get("big") is None
    assert kept.get("a") == b"1"


def test_a_new_value_takes_the_place_of_the_old_even_if_it_is_too_heavy():
    kept = cache(3)
    kept.put("a", b"1")
    kept.put("a", b"22")
    assert (kept.get("a"), kept.weight, len(kept)) == (b"22", 2, 1)
    kept.put("a", b"4444")
    assert (kept.get("a"), kept.weight, len(kept)) == (None, 0, 0)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 12), st.booleans())), st.integers(0, 20))
def test_it_behaves_as_a_plain_model_of_itself(steps, capacity):
    kept = cache(capacity)
    model: OrderedDict[str, bytes] = OrderedDict()
    for key, size, is_put in steps:
        if is_put:
            value = b"x" * size
            kept.put(key, value)
            model.pop(key, None)
            if size <= capacity:
                model[key] = value
            while sum(map(len, model.values())) > capacity:
                model.popitem(last=False)
        else:
            assert kept.get(key) == model.get(key)
            if key in model:
                model.move_to_end(key)
        assert kept.weight == sum(map(len, model.values())) <= capacity
        assert len(kept) == len(model)
