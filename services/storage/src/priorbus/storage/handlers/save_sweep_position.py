"""`storage.save_sweep_position`: how far the sweep of an area has come."""

from priorbus.contracts.commands.storage import SaveSweepPosition
from priorbus.runtime.handling import Context
from priorbus.storage.aggregates import SWEEP_POSITIONS
from priorbus.storage.domain.sweeping import SweepPosition


async def save_sweep_position(message: SaveSweepPosition, context: Context) -> None:
    """The next page begins there, whichever process takes it."""
    context.work.put(SWEEP_POSITIONS, context.tenant, SweepPosition(area=message.area, after=message.after))
