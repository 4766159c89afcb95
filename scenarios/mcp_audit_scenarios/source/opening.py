"""Calls that open, change or remove the file that they are given."""

from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.source.python.arrivals import Arrival
from mcp_audit_harness.source.python.values import Value

_FIRST: Final = frozenset(
    """
    open io.open codecs.open os.open os.remove os.unlink os.rmdir os.removedirs os.mkdir os.makedirs os.listdir
    os.scandir os.walk os.chmod os.chown os.truncate os.startfile shutil.rmtree shutil.unpack_archive
    shutil.make_archive aiofiles.open aiofiles.os.remove aiofiles.os.listdir aiofiles.os.makedirs anyio.open_file
    zipfile.ZipFile tarfile.open gzip.open bz2.open lzma.open git.Repo git.Repo.init git.repo.Repo
    openpyxl.load_workbook openpyxl.reader.excel.load_workbook docx.Document pptx.Presentation fitz.open
    pymupdf.open PIL.Image.open cv2.imread numpy.load numpy.loadtxt soundfile.read pdfplumber.open pypdf.PdfReader
    PyPDF2.PdfReader pymupdf4llm.to_markdown pdfminer.high_level.extract_text pandas.read_csv pandas.read_excel
    pandas.read_json pandas.read_parquet pandas.read_pickle polars.read_csv sqlite3.connect aiosqlite.connect
    shelve.open dbm.open starlette.responses.FileResponse fastapi.responses.FileResponse linecache.getline
    """.split()  # noqa: SIM905 - a list of words is read as one
)
"""Functions whose first argument is a path."""
_BOTH: Final = frozenset(
    """
    os.rename os.replace os.link os.symlink os.renames shutil.copy shutil.copy2 shutil.copyfile shutil.copytree
    shutil.move git.Repo.clone_from git.repo.Repo.clone_from urllib.request.urlretrieve
    """.split()  # noqa: SIM905 - a list of words is read as one
)
"""Functions that read from one path or address and write to another."""
_METHODS: Final = frozenset(
    """
    open read_text read_bytes write_text write_bytes unlink mkdir rmdir touch rename replace iterdir rglob glob
    symlink_to hardlink_to chmod copy move
    """.split()  # noqa: SIM905 - a list of words is read as one
)
"""Methods of `pathlib.Path`."""
_KEYWORDS: Final = ("file", "path", "filename", "name", "fp", "src", "database", "filepath")
_LOCAL: Final = frozenset({"git.Repo.clone_from", "git.repo.Repo.clone_from", "urllib.request.urlretrieve"})
_WRITERS: Final = ("openpyxl.", "docx.", "pptx.", "PIL.", "matplotlib.", "pandas.DataFrame.")


def opened(arrival: Arrival) -> Iterator[Value]:
    """Yield the paths that a call opens, as far as something of a client is in it."""
    called = arrival.called
    if called in _FIRST:
        yield arrival.given(0, *_KEYWORDS)
    elif called in _BOTH:
        if called not in _LOCAL:
            yield arrival.given(0, "src")
        yield arrival.given(1, "dst", "to_path", "filename")
    elif arrival.receiver.of.startswith(("pathlib.", "anyio.Path")) and arrival.name in _METHODS:
        yield arrival.receiver
        if arrival.name in {"rename", "replace", "symlink_to", "hardlink_to"}:
            yield arrival.given(0, "target")
    elif called.startswith(_WRITERS) and arrival.name in {"save", "savefig", "to_csv", "to_excel"}:
        yield arrival.given(0, "filename", "fp")
    elif called.endswith(".index.add") and called.startswith("git."):
        yield arrival.given(0, "items")
