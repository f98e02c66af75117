"""An order while no relay runs: this process carries it out on the folder, whose lock it holds meanwhile.

The relay itself is loaded with this module, which is imported only then: most orders go to a relay that runs.
"""

import asyncio
import os
from pathlib import Path
from typing import Any

from common.host.clock import LoopClock
from common.host.files import FolderLock
from common.host.log import setup
from relay.admin.dispatch import carry_out
from relay.admin.orders import AdminOrder
from relay.admin.service import AdminService
from relay.app import authority_of, open_matching
from relay.core.leg_messages import no_legs
from relay.erased_list import ErasedList
from relay.folder import RelayFolder, open_folder
from relay.unix_socket import operator


def carry_out_offline(folder: Path, order: AdminOrder) -> Any:
    """The order's result, in JSON's types. Raises TasukiError (folder_in_use, …), OrderError."""
    opened = open_folder(folder)
    setup(json=False, level="critical")  # what is wrong is a sentence, at the end
    return asyncio.run(_carry_out(opened, order))


async def _carry_out(folder: RelayFolder, order: AdminOrder) -> Any:
    with FolderLock(folder.path):
        async with open_matching(
            folder, clock=LoopClock(), authority=authority_of(folder), to_legs=no_legs
        ) as matching:
            await matching.start()
            admin = AdminService(matching.hub, ErasedList(folder.path))
            try:
                return await carry_out(admin, order, by=operator(os.getuid()))
            finally:
                await matching.stop()
