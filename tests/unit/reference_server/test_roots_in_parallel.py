"""Listings of one root do not get in each other's way."""

from concurrent.futures import ThreadPoolExecutor

from oraclepack_mcp.composition import open_library
from oraclepack_mcp.settings import Settings


def test_parallel_listings_see_the_same_packs() -> None:
    library = open_library(Settings())
    alone = library.catalogue().pack_ids()
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda _: library.catalogue().pack_ids(), range(400)))
    assert alone
    assert all(seen == alone for seen in together)
