"""Tools that need more than one round: what the client brings back decides how they go on (2026-07-28).

The state travels through the client, which cannot read or change it: `RequestStateBoundary` seals it on the way out and
opens it on the way in, so the functions here see what they said.
"""

import json
from typing import Annotated, Any, Final

from mcp_types import InputRequest, InputRequiredResult, InputResponse, ListRootsRequest
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import BaseModel, Field

from oraclepack_mcp.diagnostics.asking import text_of
from oraclepack_mcp.diagnostics.fixture import Asked, ToolAnswer, ToolFixture, said
from oraclepack_mcp.diagnostics.questions import (
    answers_to,
    can_be_asked,
    filled_in,
    form,
    needed_for,
    sampling,
)


class Name(BaseModel):
    """Who is there."""

    name: str


class Color(BaseModel):
    """What they like."""

    color: str


class Confirmation(BaseModel):
    """Yes or no."""

    ok: Annotated[bool, Field(description="Whether to go on")]


async def ask_name(asked: Asked) -> ToolAnswer:
    """Greet somebody whose name has to be asked for."""
    answers = await answers_to(asked, {"user_name": form("What is your name?", Name)})
    if isinstance(answers, InputRequiredResult):
        return answers
    return said(f"Hello, {_name(answers['user_name'])}!")


async def ask_model(asked: Asked) -> ToolAnswer:
    """Repeat what the client's model says."""
    answers = await answers_to(asked, {"capital_question": sampling("What is the capital of France?")})
    if isinstance(answers, InputRequiredResult):
        return answers
    return said(f"Model said: {text_of(answers['capital_question'])}")


async def ask_roots(asked: Asked) -> ToolAnswer:
    """Count the client's roots."""
    answers = await answers_to(asked, {"client_roots": ListRootsRequest()})
    if isinstance(answers, InputRequiredResult):
        return answers
    return said("Client exposed its roots.")


async def with_state(asked: Asked) -> ToolAnswer:
    """Go on only when the state came back with the answer."""
    answers = await answers_to(asked, {"confirm": form("Please confirm", Confirmation)}, state="waiting")
    if isinstance(answers, InputRequiredResult):
        return answers
    filled = filled_in(answers["confirm"], Confirmation)
    return said("state-ok: confirmation received" if filled and filled.ok else "state-ok: nothing was confirmed")


async def ask_everything(asked: Asked) -> ToolAnswer:
    """Ask three things at once."""
    questions: dict[str, InputRequest] = {
        "user_name": form("What is your name?", Name),
        "greeting": sampling("Generate a greeting", max_tokens=50),
        "client_roots": ListRootsRequest(),
    }
    answers = await answers_to(asked, questions, state="three-questions")
    if isinstance(answers, InputRequiredResult):
        return answers
    return said(f"All inputs received: {', '.join(sorted(answers))}.")


async def ask_in_rounds(asked: Asked) -> ToolAnswer:
    """Ask for a name, then for a colour; the state carries the name from the second round to the third."""
    state = _read(asked.state)
    if "name" not in state:
        answers = await answers_to(
            asked, {"step1": form("Step 1: What is your name?", Name)}, state=_write({"round": 1})
        )
        if isinstance(answers, InputRequiredResult):
            return answers
        state = {"round": 2, "name": _name(answers["step1"])}
        asked = Asked(asked.ctx, asked.arguments, {}, _write(state))
    answers = await answers_to(
        asked, {"step2": form("Step 2: What is your favorite color?", Color)}, state=_write(state)
    )
    if isinstance(answers, InputRequiredResult):
        return answers
    color = filled_in(answers["step2"], Color)
    return said(f"{state['name']} likes {color.color if color else 'nothing'}.")


async def state_alone(asked: Asked) -> ToolAnswer:
    """Ask nothing, and go on when the state comes back: how a server sheds load."""
    if asked.state is not None or asked.ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS:
        return said("state-ok: nothing was asked")
    return InputRequiredResult(request_state="come-again")


async def ask_what_can_be_asked(asked: Asked) -> ToolAnswer:
    """Ask only what the client declared; with nothing to ask, say so."""
    wanted: dict[str, InputRequest] = {
        "sample": sampling("Say hello", max_tokens=50),
        "ask": form("What is your name?", Name),
        "roots": ListRootsRequest(),
    }
    questions = {key: question for key, question in wanted.items() if can_be_asked(asked.ctx, needed_for(question))}
    if not questions:
        return said("The client cannot be asked anything.")
    answers = await answers_to(asked, questions, state="what-can-be-asked")
    if isinstance(answers, InputRequiredResult):
        return answers
    return said(f"Answered: {', '.join(sorted(answers))}.")


async def stream_then_ask(asked: Asked) -> ToolAnswer:
    """Report progress before asking, so that the stream carries notifications and then the interim result."""
    await asked.ctx.session.report_progress(50, 100, "Half way")
    return await ask_name(asked)


def _name(answer: InputResponse) -> str:
    filled = filled_in(answer, Name)
    return filled.name if filled else "stranger"


def _read(state: str | None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(state) if state is not None else {}
    return found


def _write(state: dict[str, Any]) -> str:
    return json.dumps(state, sort_keys=True)


def _tool(name: str, description: str, call: Any) -> ToolFixture:
    return ToolFixture(f"test_input_required_result_{name}", description, call)


TOOLS: Final = (
    _tool("elicitation", "Asks the person for a name.", ask_name),
    _tool("sampling", "Asks the client's model.", ask_model),
    _tool("list_roots", "Asks the client for its roots.", ask_roots),
    _tool("request_state", "Asks, and wants its state back.", with_state),
    _tool("multiple_inputs", "Asks three things at once.", ask_everything),
    _tool("multi_round", "Asks twice, the second time with what the first told.", ask_in_rounds),
    _tool("tampered_state", "Asks, and refuses a state that was changed.", with_state),
    _tool("state_only", "Asks nothing, and wants to be called again.", state_alone),
    _tool("capabilities", "Asks only what the client can be asked.", ask_what_can_be_asked),
    ToolFixture("test_streaming_elicitation", "Reports progress, then asks for a name.", stream_then_ask),
)
