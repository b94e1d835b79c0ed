"""What must hold of customers' endpoints: nothing is lost in an outage of a day, and a dead host is left in peace."""

import pytest

from lambdas.webhook_deliver.endpoints import Endpoints
from tests.messages import COMPANY
from tests.simulation.figures import Figures, figures_of, run
from tests.simulation.scenarios import SCENARIOS
from tests.simulation.scenarios.endpoints import ENDPOINTS
from tests.simulation.scenarios.scenario import DAY, HOUR, MINUTE, Scenario
from tests.simulation.stage.behaviours import ReplyKind
from tests.simulation.stage.system import System
from tests.simulation.svix import by_svix
