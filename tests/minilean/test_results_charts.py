"""Charts, series and their JSON."""

from decimal import Decimal

import pytest

from minilean.enums import ScatterMarkerSymbol, SeriesType
from minilean.results.charts import CandlestickSeries, Chart, Series, UserCharts
from minilean.results.json_text import dumps_indented
from minilean.results.summary_series import thinned

SECOND = 1_000_000
DAY = 86_400 * SECOND


class Blue:
    """A color as strategies know it."""

    r, g, b = 0, 0, 255


def test_a_line_writes_pairs_and_its_looks_last():
    series = Series("Close", SeriesType.LINE, "$", Blue())
    series.append(1_381_153_200 * SECOND, (Decimal("144.78171"),))
    series.append(1_381_153_260 * SECOND, (None,))
    assert series.to_json().text == (
        '{"name":"Close","unit":"$","index":0,"seriesType":0,"values":[[1381153200,144.7817],[1381153260,null]],'
        '"color":"#0000FF","scatterMarkerSymbol":"none"}'
    )


def test_a_scatter_writes_objects_and_its_marker():
    series = Series("Buy", SeriesType.SCATTER, "$", Blue(), ScatterMarkerSymbol.TRIANGLE)
    series.append(5 * SECOND, (Decimal(7),))
    assert series.to_json().text.endswith(
        '"seriesType":1,"values":[{"x":5,"y":7.0}],"color":"#0000FF","scatterMarkerSymbol":"triangle"}'
    )


def test_candles_have_neither_color_nor_marker():
    series = CandlestickSeries("Candle", 2, "$")
    series.append(5 * SECOND, tuple(map(Decimal, ("1", "3", "0.5", "2"))))
    assert series.to_json().text == (
        '{"name":"Candle","unit":"$","index":2,"seriesType":2,"values":[[5,1.0,3.0,0.5,2.0]]}'
    )


@pytest.mark.parametrize(
    ("arguments", "index", "unit", "color"),
    [
        ((), 0, "$", ""),
        ((SeriesType.BAR, 1), 1, "$", ""),
        ((SeriesType.BAR, "%"), 0, "%", ""),
        ((SeriesType.BAR, 1, "%"), 1, "%", ""),
        ((SeriesType.LINE, "%", Blue()), 0, "%", "#0000FF"),
        ((SeriesType.LINE, 2, "%", Blue()), 2, "%", "#0000FF"),
    ],
)
def test_series_are_described_in_all_of_lean_s_ways(arguments: tuple, index: int, unit: str, color: str):
    series = Series("s", *arguments)
    assert (series.index, series.unit, series.color) == (index, unit, color)


def test_a_description_that_fits_no_way_is_refused():
    with pytest.raises(TypeError, match="No method matches"):
        Series("s", SeriesType.LINE, "%", 2)


def test_a_point_of_the_same_time_replaces_the_last_and_an_older_one_is_kept_out():
    series = Series("s")
    series.append(5, (Decimal(1),))
    series.append(5, (Decimal(2),))
    series.append_later(5, (Decimal(3),))
    series.append_later(4, (Decimal(3),))
    assert (series.times, series.points) == ([5], [(Decimal(2),)])


def test_plots_reach_the_result_and_leave_the_strategy_s_charts_empty():
    user, result = UserCharts(), {"Strategy Equity": Chart("Strategy Equity")}
    described = Chart("Own")
    described.add_series(Series("Bars", SeriesType.BAR, 1))
    described.add_series(Series("Never"))
    user.add_chart(described)
    user.plot("Own", "Bars", 5, [Decimal(1)])
    user.plot("Strategy Equity", "Free", 5, [Decimal(2)])
    user.plot("Own", "Candle", 5, [Decimal(each) for each in (1, 2, 0, 1)])
    user.move_to(result)
    user.plot("Own", "Bars", 6, [Decimal(3)])
    user.move_to(result)
    assert result["Own"].series["Bars"].times == [5, 6]
    assert list(result["Own"].series) == ["Bars", "Candle"]
    assert isinstance(result["Own"].series["Candle"], CandlestickSeries)
    assert list(result["Strategy Equity"].series) == ["Free"]
    assert result["Own"].series["Bars"].series_type is SeriesType.BAR


@pytest.mark.parametrize(("chart", "series"), [("Benchmark", "x"), ("Strategy Equity", "Return")])
def test_the_engine_s_own_charts_cannot_be_plotted_to(chart: str, series: str):
    with pytest.raises(ValueError, match="reserved"):
        UserCharts().plot(chart, series, 0, [Decimal(1)])


def test_too_many_series_are_left_out():
    user, result = UserCharts(), {}
    for index in range(40):
        user.plot("Own", f"s{index}", 0, [Decimal(1)])
    user.move_to(result)
    assert user.exceeded_series_limit
    assert len(result["Own"].series) == UserCharts.MAXIMUM_SERIES + 1


def test_an_indented_chart_keeps_its_series_on_one_line():
    chart = Chart("Drawdown")
    chart.add_series(Series("Equity Drawdown", unit="%"))
    assert dumps_indented({"charts": {"Drawdown": chart.to_json()}}) == (
        '{\n  "charts": {\n    "Drawdown": {\n      "name": "Drawdown",\n      "chartType": 0,\n      "series": {\n'
        '        "Equity Drawdown": {"name":"Equity Drawdown","unit":"%","index":0,"seriesType":0,"values":[],'
        '"color":"","scatterMarkerSymbol":"none"}\n      }\n    }\n  }\n}'
    )


def equity_of(count: int, step: int) -> CandlestickSeries:
    series = CandlestickSeries("Equity")
    for index in range(count):
        value = Decimal(100) + Decimal("0.75") * index
        series.append(index * step, (value, value + 1, value - 1, value))
    return series


def test_the_summary_merges_candles_and_cuts_what_is_between_to_whole_amounts():
    short = thinned(equity_of(200, DAY // 2))
    assert short.times == list(range(0, 99 * DAY, 2 * DAY))
    assert short.points[1] == (Decimal(100), Decimal(104), Decimal(99), Decimal(103))


def test_the_summary_keeps_few_candles_as_they_are_and_merges_no_more_than_a_week():
    few = equity_of(199, DAY)
    assert thinned(few).times == few.times
    assert thinned(equity_of(2000, DAY)).times[1] == 7 * DAY
    assert thinned(CandlestickSeries("Equity")).times == []


def test_series_are_written_by_index_count_and_sum():
    chart = Chart("Own")
    for name, index, values in (("d", 1, [0]), ("c", 0, [5, 6]), ("b", 0, [1, 2]), ("a", 0, [9])):
        series = Series(name, index=index)
        for time, value in enumerate(values):
            series.append(time * SECOND, (Decimal(value),))
        chart.add_series(series)
    assert list(chart.to_json()["series"]) == ["a", "b", "c", "d"]
