"""Content of calls and prompts: pictures and sounds that decode, resources that are whole, text without tricks.

Judged on all that came back, since any tool or prompt may return any kind of content (server/tools, server/prompts).
"""

import json
import re
from collections.abc import Callable, Iterator

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import Category, Exchange, JsonObject, Severity, Verdict, failed, not_observed, passed

from .encodings import is_base64, is_media_type, is_uri, unseen_characters
from .inventory import Inventory, inventory

_MOST = 5
_SHOWN = 5
_DISPLAYED = ("tools", "resources", "resourceTemplates", "prompts")
_ODD = re.compile(
    r"\\u00[018][0-9a-f]|\\[bf]|\\u007f|\\u202[de]|\\udb40|\x7f|[\u202d\u202e\U000e0000-\U000e007f]", re.IGNORECASE
)
"""Such characters in a request, as JSON writes them: what comes back of them is no word of the server."""
_ALLOW = "allow more with --call all or --tool NAME"


@check(
    inventory,
    id="content/broken-image",
    title="Picture is no base64, or has no valid media type",
    requirements=("prompts/prompt-image-encoding",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Encode data with the standard alphabet and padding, and say in mimeType what it is.",
    references=("RFC 4648, section 4", "RFC 6838, section 4.2"),
)
def broken_image(seen: Inventory) -> Verdicts:
    """Clients hand pictures to the model's API, which refuses the whole request for one that does not decode."""
    return _judged(seen, "image", "a picture", _broken_data)


@check(
    inventory,
    id="content/broken-audio",
    title="Sound is no base64, or has no valid media type",
    requirements=("prompts/prompt-audio-encoding",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Encode data with the standard alphabet and padding, and say in mimeType what it is.",
    references=("RFC 4648, section 4", "RFC 6838, section 4.2"),
)
def broken_audio(seen: Inventory) -> Verdicts:
    """Clients hand sounds to the model's API, which refuses the whole request for one that does not decode."""
    return _judged(seen, "audio", "a sound", _broken_data)


@check(
    inventory,
    id="content/broken-embedded-resource",
    title="Embedded resource has no valid URI, media type or data",
    requirements=("prompts/prompt-embedded-resource-fields",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Give an embedded resource its URI, its media type, and either text or base64 as blob.",
    references=("RFC 3986", "RFC 6838, section 4.2"),
)
def broken_embedded_resource(seen: Inventory) -> Verdicts:
    """A client shows the resource by its URI and its type; without them a model is told of something that nobody can
    look up.
    """
    return _judged(seen, "resource", "an embedded resource", _broken_resource)


@check(
    inventory,
    id="content/embeds-without-resources-capability",
    title="Resources are embedded by a server that declares no resources",
    requirements=("tools/embedded-needs-resources-capability",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Serve what you embed as resources, too, and declare the capability.",
)
def embeds_without_resources_capability(seen: Inventory) -> Verdicts:
    """Who is given a resource once wants to read it again; without the capability nobody can."""
    embedded = [result for item, result in seen.contents() if item.get("type") == "resource"]
    if not embedded:
        return not_observed(f"no tool or prompt that was asked returned an embedded resource; {_ALLOW}")
    if not seen.declares("resources"):
        return failed("a result embeds a resource, and resources are not declared", embedded[0], *seen.openings)
    return passed(*embedded[:_SHOWN])


@check(
    inventory,
    id="content/hidden-characters-in-output",
    title="Output of a tool has characters that steer terminals or that nobody sees",
    requirements=("tools/sanitize-tool-outputs",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Take control characters, direction overrides and Unicode tags out of text before you return it.",
    references=("https://cwe.mitre.org/data/definitions/150.html",),
)
def hidden_characters_in_output(seen: Inventory) -> Verdicts:
    """What a person does not see, a model reads all the same: text written in tag characters is an instruction without
    a witness, and an escape sequence rewrites the screen of who looks. Judged on calls with plain arguments.
    """
    texts = [(item["text"], call) for item, call in _texts(seen) if not _ODD.search(call.sent.body)]
    hidden: dict[str, Verdict] = {}
    for text, call in texts:
        characters = unseen_characters(text)
        if characters:
            hidden.setdefault(characters, failed(f"the text has {characters}", call))
    if hidden:
        return list(hidden.values())[:_MOST]
    calls = [call for _, call in texts]
    return passed(*calls[:_SHOWN]) if calls else not_observed(f"no tool that was called returned text; {_ALLOW}")


def _texts(seen: Inventory) -> Iterator[tuple[JsonObject, Exchange]]:
    for item, result in seen.contents():
        if result.sent.method == "tools/call" and item.get("type") == "text" and isinstance(item.get("text"), str):
            yield item, result


@check(
    inventory,
    id="content/hidden-characters-in-title",
    title="Title has characters that steer terminals or that nobody sees",
    requirements=("derived/title-and-meta-gating",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Titles are for display: keep control characters, direction overrides and Unicode tags out of them.",
    references=("https://cwe.mitre.org/data/definitions/451.html",),
)
def hidden_characters_in_title(seen: Inventory) -> Verdicts:
    """People approve a tool by its title. One that reads differently from what it says gets approved for something
    else.
    """
    items = seen.items(*_DISPLAYED)
    odd = [
        failed(f"the title has {characters}", item.page, subject=item.subject)
        for item in items
        if isinstance(title := item.value.get("title"), str) and (characters := unseen_characters(title))
    ]
    if odd:
        return odd[:_MOST]
    pages = list(dict.fromkeys(item.page.id for item in items))
    shown = [page for page in seen.pages if page.id in pages]
    return passed(*shown[:_SHOWN]) if shown else not_observed("nothing is listed")


def _judged(seen: Inventory, kind: str, noun: str, flaw: Callable[[JsonObject], str]) -> Verdicts:
    """Judge every content item of a kind: a FAIL for each distinct flaw.

    An embedded resource whose URI the request itself named is left alone: the harness fills in plain texts.
    """
    shown = [
        (item, result) for item, result in seen.contents() if item.get("type") == kind and not _asked_for(item, result)
    ]
    if not shown:
        return not_observed(f"no tool or prompt that was asked returned {noun}; {_ALLOW}")
    broken: dict[str, Verdict] = {}
    for item, result in shown:
        if trouble := flaw(item):
            broken.setdefault(trouble, failed(trouble, result))
    return list(broken.values())[:_MOST] or passed(*(result for _, result in shown[:_SHOWN]))


def _asked_for(item: JsonObject, result: Exchange) -> bool:
    resource = item.get("resource")
    uri = resource.get("uri") if isinstance(resource, dict) else None
    if not isinstance(uri, str) or is_uri(uri):
        return False
    return any(json.dumps(uri, ensure_ascii=escaped) in result.sent.body for escaped in (False, True))


def _broken_data(item: JsonObject) -> str:
    data, media_type = item.get("data"), item.get("mimeType")
    if not isinstance(data, str) or not is_base64(data):
        return "data is no base64"
    if not isinstance(media_type, str) or not is_media_type(media_type):
        return f"mimeType is {str(media_type)[:60]!r}"
    return ""


def _broken_resource(item: JsonObject) -> str:
    resource = item.get("resource")
    if not isinstance(resource, dict):
        return "the resource is no object"
    uri, media_type, blob = resource.get("uri"), resource.get("mimeType"), resource.get("blob")
    if not isinstance(uri, str) or not is_uri(uri):
        return f"{str(uri)[:80]!r} is no URI"
    if media_type is not None and not (isinstance(media_type, str) and is_media_type(media_type)):
        return f"mimeType is {str(media_type)[:60]!r}"
    if blob is not None and not (isinstance(blob, str) and is_base64(blob)):
        return "blob is no base64"
    return "" if blob is not None or isinstance(resource.get("text"), str) else "it has neither text nor blob"
