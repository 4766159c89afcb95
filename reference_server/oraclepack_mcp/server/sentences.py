"""A validation failure in one short sentence; the validator's own report has a line per problem and an address."""

from pydantic import ValidationError


def describe(error: ValidationError) -> str:
    """The first problem: where it is, and what is wrong, without the value that the client sent."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    problem = first["msg"].removeprefix("Value error, ")
    problem = problem[:1].lower() + problem[1:]
    return f"{place}: {problem}" if place else problem
