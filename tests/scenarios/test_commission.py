"""What a request says that orders pay is what they pay: whatever the strategy sets up, in LEAN's own files."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from scenarios.service import API, Service

STRATEGY = """
from AlgorithmImports import *


class Test(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 11)
        self.set_cash(100000)
        {setup}
        self.add_equity("SPY", Resolution.HOUR)
        {late_setup}
        self.hours = 0

    def on_data(self, data):
        self.hours += 1
        if self.hours == 8:
            self.add_equity("IBM", Resolution.HOUR)
        if self.hours % 4 == 0:
            for symbol in ("SPY", "IBM"):
                if symbol in self.securities and self.securities[symbol].price:
                    self.market_order(symbol, -20 if self.portfolio[symbol].invested else 20)
        if self.hours == 10:
            self.limit_order("SPY", 5, 1)
"""
_FEE = "lambda security: security.set_fee_model(ConstantFeeModel(99))"
FEES = {
    "models": (
        f"self.set_brokerage_model(DefaultBrokerageModel()); self.add_security_initializer({_FEE})",
        "self.securities['SPY'].set_fee_model(ConstantFeeModel(99))",
    ),
    "initializer": (f"self.set_security_initializer({_FEE})", "pass"),
    "plain": ("pass", "self.securities['SPY'].set_fee_model(ConstantFeeModel(99))"),
}

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, shared: Path, fork_server) -> Iterator[Service]:
    root = tmp_path_factory.mktemp("commission")
    service = Service(root, shared / "lean-data", start=fork_server.start)
    for name, (setup, late_setup) in FEES.items():
        (root / "strategies" / f"{name}.py").write_text(STRATEGY.format(setup=setup, late_setup=late_setup))
    yield service.start()
    service.close()


def ended(service: Service, strategy: str, **fields: object) -> tuple[dict, list[dict]]:
    run = service.until_ended(service.submit(strategy, **fields)["id"])
    assert run["status"] == "completed", run["message"]
    result = service.result(run["timestamp"])
    orders = service.client.get(f"{API}/results/{run['timestamp']}/orders", params={"page_size": 100}).json()["items"]
    assert {order["symbol"] for order in orders} == {"SPY", "IBM"}
    assert sum(order["status"] == "filled" for order in orders) > 8
    assert any(order["status"] == "submitted" for order in orders)
    return result, orders


@pytest.mark.parametrize("strategy", ["models", "initializer"])
def test_every_filled_order_pays_the_amount(service: Service, strategy: str):
    result, orders = ended(service, strategy, commission={"per_order": "1.25"})
    filled = [order for order in orders if order["status"] == "filled"]
    assert {Decimal(order["fee"]) for order in filled} == {Decimal("1.25")}
    assert Decimal(result["statistics"]["total_fees"]) == len(filled) * Decimal("1.25")
    assert result["statistics"]["lean"]["Total Fees"] == f"${len(filled) * 1.25:.2f}"
    assert result["applied"] == {"effective": {"commission": "1.25 per order"}, "ignored": {}}
    assert not [line for line in result["log_tail"] if "SecurityInitializer" in line]


def test_every_filled_order_pays_the_fraction_of_its_value(service: Service):
    result, orders = ended(service, "initializer", commission={"fraction": 0.001})
    filled = [order for order in orders if order["status"] == "filled"]
    for order in filled:  # one at the open is valued at the price of the bar's end, as LEAN does
        rel = Decimal("1e-9" if order["type"] == "market" else "0.02")
        assert Decimal(order["fee"]) == pytest.approx(abs(Decimal(order["value"])) / 1000, rel=rel)
    assert any(order["type"] == "market" for order in filled)
    total = sum(Decimal(order["fee"]) for order in filled)
    assert Decimal(result["statistics"]["total_fees"]) == pytest.approx(total, abs=Decimal("0.005"))
    assert result["applied"]["effective"] == {"commission": "0.1 % of the order's value"}


def test_no_commission_at_all_can_be_asked_for_and_a_rerun_keeps_it(service: Service):
    result, _ = ended(service, "plain", commission={"per_order": 0})
    assert Decimal(result["statistics"]["total_fees"]) == 0
    answer = service.client.post(f"{API}/rerun/{result['run']['id']}")
    assert answer.status_code == 202, answer.text
    again = service.result(service.until_ended(answer.json()["id"])["timestamp"])
    assert again["request"]["commission"] == {"per_order": "0", "fraction": None}
    assert again["applied"]["effective"] == {"commission": "0 per order"}


def test_without_one_the_strategy_pays_what_it_says(service: Service):
    result, orders = ended(service, "plain")
    fees = {order["symbol"]: Decimal(order["fee"]) for order in orders if order["status"] == "filled"}
    assert fees == {"SPY": 99, "IBM": 1}
    assert result["applied"] == {"effective": {}, "ignored": {}}


def test_one_that_cannot_be_is_refused(service: Service):
    for commission in ({}, {"per_order": 1, "fraction": 0.1}, {"fraction": 1}, {"per_order": -1}, {"fraction": 1e-12}):
        body = {"strategy_name": "plain", "commission": commission}
        answer = service.client.post(f"{API}/run", json=body)
        assert answer.status_code == 422, commission
        assert answer.json()["errors"][0]["field"].startswith("commission")
