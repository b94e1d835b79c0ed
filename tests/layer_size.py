"""The size of a layer as Lambda downloads it at a cold start."""

import zipfile
from io import BytesIO
from pathlib import Path


def zipped_size(folder: Path) -> int:
    """The size of a folder as a zip in bytes, equal for equal contents: sorted names, one date, best compression."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix())
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)
    return len(buffer.getvalue())
