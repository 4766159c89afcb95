"""Files with secret texts, in and around a directory that the operator says the target may read.

A target that is kept to the directory can read `inside`, and nothing else; whoever tells the text of another file has
left it. The texts are random, so that no server can know them but by reading. All that was planted is removed again.
"""

import contextlib
import secrets
import shutil
import tempfile
from pathlib import Path

from ..errors import HarnessError
from ..model.planted import Planted, PlantedFile


class Plantation:
    """Plants once, when first asked; `clear` takes everything away."""

    def __init__(self, directory: str) -> None:
        self._directory = Path(directory).absolute()
        self._made: list[Path] = []
        self._planted: Planted | None = None

    def plant(self) -> Planted:
        """Return what is planted; raises HarnessError if the directory cannot be written."""
        if self._planted is None:
            try:
                self._planted = self._sow(secrets.token_hex(6))
            except OSError as error:
                self.clear()
                raise HarnessError(f"cannot plant in {self._directory}: {error.strerror}") from error
        return self._planted

    def clear(self) -> None:
        """Remove every file, link and directory that was made, and nothing else."""
        while self._made:
            path = self._made.pop()
            with contextlib.suppress(FileNotFoundError):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
        self._planted = None

    def _sow(self, mark: str) -> Planted:
        home = self._directory
        elsewhere = self._directory_at(Path(tempfile.mkdtemp(prefix=f"mcp-audit-{mark}-")))
        inside = self._file(home / f"mcp-audit-{mark}.txt")
        beyond = self._file(elsewhere / f"beyond-{mark}.txt")
        self._repository(elsewhere / ".git")
        link = self._link(home / f"mcp-audit-{mark}-link.txt", Path(beyond.path), beyond.text)
        door = self._link(home / f"mcp-audit-{mark}-door", elsewhere, beyond.text)
        through = PlantedFile(f"{door.path}/{beyond.name}", beyond.text)
        return Planted(str(home), inside, beyond, link, through, *self._siblings(mark))

    def _siblings(self, mark: str) -> tuple[PlantedFile | None, PlantedFile | None]:
        """Return a file beside the directory, and one in a directory whose name starts with its name, where allowed."""
        home = self._directory
        try:
            beside = self._file(home.parent / f"mcp-audit-{mark}-beside.txt")
            sibling = self._directory_at(home.parent / f"{home.name}-{mark}", make=True)
            return beside, self._file(sibling / "sibling.txt")
        except OSError:
            return None, None

    def _directory_at(self, path: Path, *, make: bool = False) -> Path:
        if make:
            path.mkdir(mode=0o755)
        self._made.append(path)
        path.chmod(0o755)
        return path

    def _repository(self, path: Path) -> None:
        """Make the least that git takes for a repository: its tools look at nothing else."""
        for name in ("objects", "refs/heads"):
            (path / name).mkdir(parents=True)
        (path / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")

    def _file(self, path: Path) -> PlantedFile:
        text = f"canary-{secrets.token_hex(16)}"
        with path.open("x", encoding="utf-8") as stream:
            self._made.append(path)
            stream.write(text + "\n")
        return PlantedFile(str(path), text)

    def _link(self, path: Path, to: Path, text: str) -> PlantedFile:
        path.symlink_to(to)
        self._made.append(path)
        return PlantedFile(str(path), text)
