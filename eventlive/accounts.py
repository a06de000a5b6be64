"""Accounts looked at before the event: who they are, what they may do, what is left to them.

Owns the questions and how the answers are said. Never posts anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from eventlive.errors import OutletError
from eventlive.model import AccountReport
from eventlive.publisher import Outlet

CHECK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Checked:
    """One account: its report, or why there is none."""

    account: str
    report: AccountReport | None
    problem: str = ""

    def __str__(self) -> str:
        if self.report is None:
            return f"{self.account}: {self.problem}"
        name = f" ({self.report.name})" if self.report.name else ""
        said = [f"@{self.report.handle}{name}", f"may {', '.join(self.report.may) or 'do nothing'}"]
        return f"{self.account}: {'; '.join((*said, *self.report.limits))}"


async def check_accounts(outlets: Mapping[str, Outlet]) -> list[Checked]:
    """Log in to each account and ask, all at once; an account's failure is its own."""
    async with asyncio.TaskGroup() as tasks:
        asked = [
            tasks.create_task(_check(account, outlet), name=f"check:{account}")
            for account, outlet in outlets.items()
        ]
    return [task.result() for task in asked]


async def _check(account: str, outlet: Outlet) -> Checked:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return Checked(account, await outlet.check())
    except TimeoutError:
        return Checked(account, None, f"no answer within {CHECK_SECONDS:g} s")
    except OutletError as error:
        return Checked(account, None, str(error))
    except Exception as error:  # noqa: BLE001 - its words may hold the keys
        return Checked(account, None, f"the outlet failed ({type(error).__name__})")
    finally:
        await outlet.close()
