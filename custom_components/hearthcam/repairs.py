"""Repairs that can be done from here: looking again, making room, taking a folder."""

import voluptuous as vol

from homeassistant.components.repairs import (
    ConfirmRepairFlow,
    RepairsFlow,
    RepairsFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .camera_issues import ENTRY_ID, Wrong
from .camera_repairs import camera_flow
from .const import DOMAIN
from .ledger_issues import ISSUE_PREFIX
from .library.models import LibraryError
from .storage_problems import Problem
from .system import async_get_system


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow of an issue."""
    if issue_id == Problem.LIBRARY_REBUILT:
        return NoticeFlow()
    if issue_id.startswith(ISSUE_PREFIX):
        return ConfirmRepairFlow()
    if (wrong := Wrong.of_issue(issue_id)) is not None:
        entry_id = str((data or {}).get(ENTRY_ID))
        return camera_flow(wrong, hass.config_entries.async_get_entry(entry_id))
    return StorageFlow(Problem(issue_id), issue_texts(hass, issue_id))


def issue_texts(hass: HomeAssistant, issue_id: str) -> dict[str, str]:
    """Return the words for the placeholders of an issue's texts."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    return dict(issue.translation_placeholders or {}) if issue is not None else {}


class NoticeFlow(RepairsFlow):
    """Nothing is to be done but to take note."""

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Show the text once more."""
        if user_input is not None:
            await async_get_system(self.hass).storage.async_forget_rebuild()
            return self.async_create_entry(data={})
        return self.async_show_form(step_id="confirm", data_schema=vol.Schema({}))


class StorageFlow(RepairsFlow):
    """Tries what can be tried; the issue goes by itself where that helped."""

    def __init__(self, problem: Problem, texts: dict[str, str]) -> None:
        """Know what is wrong, and the words for it."""
        self._problem = problem
        self._texts = texts

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Begin: with a choice where there is one."""
        if self._problem in (Problem.MEDIA_AWAY, Problem.MEDIA_STRANGE):
            return self.async_show_menu(
                step_id="init",
                menu_options=["look_again", "adopt"],
                description_placeholders=self._texts,
            )
        if self._problem is Problem.STORAGE_FULL:
            return await self.async_step_make_space()
        return await self.async_step_look_again()

    async def async_step_look_again(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Look whether the folder takes clips by now."""
        if user_input is None:
            return self._ask("look_again")
        await async_get_system(self.hass).storage.async_tidy()
        return self._end()

    async def async_step_make_space(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Delete what may be deleted, now."""
        if user_input is None:
            return self._ask("make_space")
        await async_get_system(self.hass).storage.async_tidy()
        return self._end()

    async def async_step_adopt(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Go on in the folder as it is, without the clips that were there."""
        if user_input is None:
            return self._ask("adopt")
        try:
            await async_get_system(self.hass).storage.async_adopt()
        except LibraryError:
            return self.async_abort(reason="still_there")
        return self._end()

    def _ask(self, step_id: str) -> RepairsFlowResult:
        return self.async_show_form(
            step_id=step_id,
            data_schema=vol.Schema({}),
            description_placeholders=self._texts,
        )

    def _end(self) -> RepairsFlowResult:
        if self._problem in async_get_system(self.hass).storage.problems:
            return self.async_abort(reason="still_there")
        return self.async_create_entry(data={})
