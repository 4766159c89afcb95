"""Files that belong to a pack and lie in the workdir under its base name (rules X-01, U-02)."""

from oraclepack_mcp.security.roots import Location


def base_name(name: str) -> str:
    """A file name without its last extension, as Go's `filepath.Ext` sees it: nothing remains of `.md`."""
    stem, dot, _ = name.rpartition(".")
    return stem if dot else name


def companion(workdir: Location, pack: Location, suffix: str) -> Location:
    """The place of a pack's file with a suffix such as `.state.json`.

    Two packs with one base name share it, so what is written there has to say which pack it is for.
    """
    return Location(workdir.root, (*workdir.parts, f"{base_name(pack.parts[-1])}{suffix}"))
