"""All scenarios, by the generated block of `docs/reliability.md` that has their figures."""

from collections.abc import Mapping

from tests.simulation.scenarios.endpoints import ENDPOINTS
from tests.simulation.scenarios.limits import LIMITS
from tests.simulation.scenarios.outages import OUTAGES
from tests.simulation.scenarios.scenario import Scenario

TABLES: Mapping[str, tuple[Scenario, ...]] = {
    "simulated-outages": OUTAGES,
    "simulated-limits": LIMITS,
    "simulated-endpoints": ENDPOINTS,
}

SCENARIOS = {scenario.name: scenario for scenarios in TABLES.values() for scenario in scenarios}
