"""Rounding rules and texts of .NET's numbers, each with values worked out by hand or seen in real results."""

from decimal import Decimal

import pytest

from minilean import numbers


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        ("2.5", 0, "2"),
        ("3.5", 0, "4"),
        ("-2.5", 0, "-2"),
        ("1.005", 2, "1.00"),
        ("1.015", 2, "1.02"),
        ("1.5", 3, "1.5"),
        ("100", 2, "100"),
        ("0.0220", 3, "0.022"),
    ],
)
def test_net_round_is_half_even_and_never_pads(value: str, places: int, expected: str):
    assert str(numbers.net_round(Decimal(value), places)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1234.56785", "1234.5678"),
        ("1234.56001", "1234.5600"),
        ("1000", "1000"),
        ("1000.00001", "1000.0000"),
        ("999.99999", "1000"),
        ("-12345.678912", "-12345.68"),
        ("0.0012345678", "0.001234568"),
        ("144.78172417000", "144.7817"),
        ("0", "0"),
        ("0.00", "0"),
        ("250000.00", "250000"),
    ],
)
def test_smart_rounding_has_its_border_at_1000_and_takes_negatives_by_seven_digits(value: str, expected: str):
    assert numbers.decimal_text(numbers.smart_rounding(Decimal(value))) == expected


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [("56123000.00", 2, "56000000.00"), ("1000000.00", 2, "1000000.00"), ("0", 2, "0"), ("-0.012345", 3, "-0.0123")],
)
def test_significant_digits_keep_the_scale_of_the_quotient(value: str, digits: int, expected: str):
    assert numbers.decimal_text(numbers.round_to_significant_digits(Decimal(value), digits)) == expected


@pytest.mark.parametrize(
    ("value", "quanta", "expected"),
    [
        ("1499.99", "1000.00", "1000.00"),
        ("1500", "1000.00", "2000.00"),
        ("-1500", "1000.00", "-2000.00"),
        ("10.005", "0.01", "10.01"),
        ("7.3", "0", "7.3"),
    ],
)
def test_discrete_rounding_goes_away_from_zero_and_keeps_the_scale_of_the_step(value: str, quanta: str, expected: str):
    assert str(numbers.discretely_round_by(Decimal(value), Decimal(quanta))) == expected


def test_casts_of_floats_keep_15_digits_or_the_shortest_repr():
    third = 0.1 + 0.2
    assert numbers.safe_decimal_cast(third) == Decimal("0.3")
    assert numbers.from_repr(third) == Decimal("0.30000000000000004")
    assert str(numbers.safe_decimal_cast(1e20)) == "1" + "0" * 20
    assert numbers.safe_decimal_cast(1e-40) == 0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_casts_refuse_what_is_not_finite(value: float):
    with pytest.raises(ValueError, match="no decimal representation"):
        numbers.safe_decimal_cast(value)
    with pytest.raises(ValueError, match="no decimal representation"):
        numbers.from_repr(value)


def test_division_and_normalising_never_leave_a_positive_exponent():
    assert (Decimal(100) / Decimal("0.5")).as_tuple().exponent == 1
    assert numbers.divide(Decimal(100), Decimal("0.5")).as_tuple().exponent == 0
    assert str(numbers.normalize(Decimal("1500.00"))) == "1500"
    assert str(numbers.normalize(Decimal("1.500"))) == "1.5"
    assert numbers.decimal_text(numbers.normalize(Decimal("-0.00"))) == "0"


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [(2.5, 0, 2.0), (0.0005, 3, 0.0), (2.675, 2, 2.68), (-1.0005, 3, -1.0), (1e17, 3, 1e17)],
)
def test_rounding_a_double_scales_it_unlike_pythons_round(value: float, places: int, expected: float):
    assert numbers.net_round_double(value, places) == expected


def test_scaled_rounding_differs_from_the_decimal_correct_one():
    assert numbers.net_round_double(2.675, 2) == 2.68
    assert round(2.675, 2) == 2.67


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0"),
        (-0.0, "-0"),
        (3.0, "3"),
        (-1.25, "-1.25"),
        (0.0001, "0.0001"),
        (0.00001, "1E-05"),
        (0.000012345, "1.2345E-05"),
        (1e14, "100000000000000"),
        (1e15, "1E+15"),
        (123456789012345680.0, "1.2345678901234568E+17"),
        (float("nan"), "NaN"),
    ],
)
def test_double_text_switches_to_exponents_where_net_does(value: float, expected: str):
    assert numbers.double_text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1234567.895", "$1,234,567.90"),
        ("-1234.565", "-$1,234.57"),
        ("-0.001", "$0.00"),
        ("0", "$0.00"),
        ("12", "$12.00"),
    ],
)
def test_currency_has_thousands_and_rounds_halves_away_from_zero(value: str, expected: str):
    assert numbers.format_currency(Decimal(value)) == expected


def test_96_bits_hold_29_digits_only_below_their_largest_mantissa():
    seventh, two_thirds = Decimal(1), Decimal(25)
    assert str(numbers.divide_96_bits(seventh, Decimal(7))) == "0.1428571428571428571428571429"
    assert len(numbers.divide_96_bits(two_thirds, Decimal(3)).as_tuple().digits) == 28
    assert len(numbers.divide_96_bits(Decimal(22), Decimal(7)).as_tuple().digits) == 29
    assert numbers.add_96_bits(Decimal("0.1"), Decimal("0.2")) == Decimal("0.3")


def test_to_double_divides_the_mantissa():
    assert numbers.to_double(Decimal("0.1")) == 0.1
    assert numbers.to_double(Decimal("-482347.77690000")) == -482347.7769
    assert numbers.to_double(Decimal("0.1234567890123456789012345678")) == pytest.approx(
        0.123456789012345678, rel=1e-15
    )
