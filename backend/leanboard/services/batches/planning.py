"""What a batch will run: the items of what was asked for, counted before any of them exists. Pure.

Everything that is wrong with the whole is said here, with the path of the field. Whether a strategy is there and an
engine can run it is not known here: :func:`check_each` puts that question to every item and names those that fail.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from leanboard.errors import Problem
from leanboard.models.batch_requests import BatchRequest
from leanboard.models.requests import EngineChoice
from leanboard.models.scenarios import Scenario, ScenarioId
from leanboard.services.batches.axes import SCENARIO, Axis, axes_of, differing
from leanboard.services.batches.drafts import check_count, check_each, item_drafts, made_items, several_wrong
from leanboard.services.batches.planned_changes import plan_addition, plan_change
from leanboard.services.batches.planned_item import ItemDraft, Place, PlannedItem, make_item
from leanboard.services.batches.sweeps import FIELD, SweepGrid, check_axes, check_distinct, grid_of, product_text

__all__ = ["BatchPlan", "PlannedItem", "check_each", "plan", "plan_addition", "plan_change"]


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """The items of a batch.

    Attributes:
        axes: Name and number of values of what they differ in, in the order in which they vary.
        count: How many there are.
        drafts: Gives what each of them does not have in common with the others.
    """

    kind: Literal["items", "sweep", "scenarios"]
    axes: tuple[Axis, ...]
    count: int
    request: BatchRequest
    drafts: Callable[[], Iterable[ItemDraft]]

    def items(self) -> Iterator[PlannedItem]:
        """Yield the items, from number 1; each time anew. Raises nothing: the plan was looked at when it was made."""
        for number, draft in enumerate(self.drafts(), start=1):
            yield make_item(self.request, number, draft)


def plan(request: BatchRequest, scenarios: Mapping[ScenarioId, Scenario], most: int) -> BatchPlan:
    """Return the items of a batch.

    Args:
        request: What was asked for.
        scenarios: At least those that it names and that there are.
        most: Items that a batch may have.

    Raises:
        InvalidInput: Too many items, none, a value twice, or an item that is no run; names the field, and every item
            that is wrong by its index.
    """
    if request.sweep is not None:
        return _sweep_plan(request, grid_of(request, request.sweep), most)
    if request.scenarios is not None:
        check_count(len(request.scenarios), "scenarios", most)
        drafts = _scenario_drafts(request, request.scenarios, scenarios)
        count = len(drafts)
        made_items(request, drafts)
        return BatchPlan("scenarios", differing([(SCENARIO, count)]), count, request, lambda: drafts)
    items = request.items or ()
    check_count(len(items), "items", most)
    drafts = item_drafts(items)
    axes = axes_of([made.item for made in made_items(request, drafts)])
    return BatchPlan("items", axes, len(drafts), request, lambda: drafts)


def _sweep_plan(request: BatchRequest, grid: SweepGrid, most: int) -> BatchPlan:
    count = grid.count
    check_count(count, FIELD, most, f" ({product_text(grid.axes)})")
    check_axes(grid)
    make_item(request, 1, next(grid.drafts()))  # what is wrong with one combination is wrong with each
    return BatchPlan("sweep", differing(grid.axes), count, request, grid.drafts)


def _scenario_drafts(
    request: BatchRequest, named: Sequence[ScenarioId], known: Mapping[ScenarioId, Scenario]
) -> list[ItemDraft]:
    check_distinct(named, "scenarios")
    places = [f"scenarios.{index}" for index in range(len(named))]
    problems = [
        Problem(place, f"there is no scenario {one}")
        for place, one in zip(places, named, strict=True)
        if one not in known
    ]
    if problems:
        raise several_wrong(problems)
    return [_scenario_draft(Place(place, place), request, known[one]) for place, one in zip(places, named, strict=True)]


def _scenario_draft(place: Place, request: BatchRequest, scenario: Scenario) -> ItemDraft:
    """Return a scenario as an item: what the whole batch says takes the place of its own, but for parameters."""
    return ItemDraft(
        place,
        scenario.strategy_name,
        scenario.symbols or (),
        scenario.parameters,
        request.start_date or scenario.start_date,
        request.end_date or scenario.end_date,
        request.initial_cash or scenario.initial_cash,
        request.commission or scenario.commission,
        request.resolution or scenario.resolution,
        scenario.engine if request.engine is EngineChoice.AUTO else request.engine,
        scenario=scenario.name,
    )
