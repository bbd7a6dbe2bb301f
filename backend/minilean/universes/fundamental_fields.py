"""Fields of fundamental data as real LEAN fills them from the sample files, which have none of them.

A number with a fraction is then NaN and a whole number 0. Only fields of these kinds are here; others are refused.
"""

from collections.abc import Mapping
from typing import Any

from minilean.surface import NotSupportedError, OpenSurface

_NAN = float("nan")
_RATIOS = (
    "payout_ratio", "sustainable_growth_rate", "cash_return", "sales_per_share", "book_value_per_share",
    "cfo_per_share", "fcf_per_share", "earning_yield", "pe_ratio", "sales_yield", "ps_ratio", "book_value_yield",
    "pb_ratio", "cf_yield", "pcf_ratio", "fcf_yield", "fcf_ratio", "trailing_dividend_yield",
    "forward_dividend_yield", "forward_earning_yield", "forward_pe_ratio", "peg_ratio", "peg_payback",
    "tangible_book_value_per_share", "forward_dividend", "working_capital_per_share", "ev_to_ebitda",
    "buy_back_yield", "total_yield", "normalized_pe_ratio", "price_to_ebitda", "forward_roe", "forward_roa",
    "actual_forward_dividend", "actual_trailing_dividend", "total_asset_per_share",
    "expected_dividend_growth_rate", "ev_to_revenue", "ev_to_pre_tax_income", "ev_to_total_assets", "ev_to_fcf",
    "ev_to_ebit", "ffo_per_share", "price_to_cash_ratio", "ev_to_forward_ebitda", "ev_to_forward_revenue",
    "ev_to_forward_ebit", "cape_ratio", "normalized_peg_ratio",
)  # fmt: skip
_CODES = (
    "stock_type", "style_box", "morningstar_industry_code", "morningstar_industry_group_code",
    "morningstar_sector_code", "morningstar_economy_sphere_code", "sic", "naics", "cannaics",
)  # fmt: skip
_SCORES = ("style_score", "size_score", "growth_score", "value_score", "nace")
_COUNTS = (
    "total_employee_number", "average_employee_number", "shares_outstanding", "market_cap", "enterprise_value",
)  # fmt: skip


class EmptyFields(OpenSurface):
    """A part of fundamental data without data.

    Attributes:
        name: Name of the part, for refusals.
    """

    def __init__(self, name: str, values: Mapping[str, float]) -> None:
        self._name = name
        self._values = values

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the strategy's side is dynamic
        values = self.__dict__.get("_values", {})
        if name in values:
            return values[name]
        if name[:1].isupper() or name.startswith("_"):
            return super().__getattr__(name)
        raise NotSupportedError(f"fundamental.{self._name}.{name}")


FIELDS: Mapping[str, Any] = {
    "market_cap": 0,
    "valuation_ratios": EmptyFields("valuation_ratios", dict.fromkeys(_RATIOS, _NAN)),
    "asset_classification": EmptyFields(
        "asset_classification", dict.fromkeys(_CODES, 0) | dict.fromkeys(_SCORES, _NAN)
    ),
    "company_profile": EmptyFields("company_profile", dict.fromkeys(_COUNTS, 0)),
}
"""Fields and parts of a security's fundamental data by name."""
