"""Which attempt a message is on that comes back without a word, and when that was one too many."""

from lambdas.common.batch import redelivery


def test_a_first_delivery_has_never_crashed() -> None:
    assert not redelivery.has_crashed_out(9, 0, 3)
    assert not redelivery.has_crashed_out(3, 2, 3)
    assert redelivery.has_crashed_out(4, 3, 3)
